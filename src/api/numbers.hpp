#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace noyau::api {

/// The whole of `text` as a number, by std::from_chars: no locale, no spaces, no overflow.
std::optional<double> parse_number(std::string_view text);
std::optional<std::int64_t> parse_integer(std::string_view text);
std::optional<std::uint64_t> parse_unsigned(std::string_view text);

/// The shortest text that reads back as the same number.
std::string number_text(double value);

}  // namespace noyau::api
