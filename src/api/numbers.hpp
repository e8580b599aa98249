#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace noyau::api {

/// The whole of `text` as a number, by std::from_chars: no locale, no spaces, no overflow.
std::optional<double> parse_number(std::string_view text);
std::optional<std::int64_t> parse_integer(std::string_view text);
std::optional<std::uint64_t> parse_unsigned(std::string_view text);

/// The shortest text that reads back as the same number.
std::string number_text(double value);

/// The middle of `values` by size, the upper of two; there is at least one.
double median(std::vector<double> values);

}  // namespace noyau::api
