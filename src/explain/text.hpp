#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace noyau::explain {

/// `text` safe inside HTML, XML and quoted attributes: & < > " ' become entities; control bytes and
/// invalid UTF-8 are written as \xNN.
std::string markup_escaped(std::string_view text);

/// The same, keeping line breaks.
std::string markup_escaped_lines(std::string_view text);

/// The same for prose: what stands between two backquotes becomes <code>.
std::string markup_prose(std::string_view text);

/// The first `limit` characters (code points) of valid UTF-8, ending in "…" when some were cut.
std::string shortened(std::string_view text, std::size_t limit);

/// Number of code points in valid UTF-8.
std::size_t characters(std::string_view text);

/// Base64 (RFC 4648) with padding.
std::string base64(std::span<const uint8_t> bytes);

/// "1,234,567".
std::string grouped(int64_t number);

/// A share of 0..1 as "93.25 %"; an en dash for NaN.
std::string percent(double share, int digits = 2);

/// "41.2 s", "12 min 5 s", "3 h 20 min"; an en dash for NaN.
std::string duration(double seconds);

/// A number in at most 5 significant digits; an en dash for NaN.
std::string number(double value);

}  // namespace noyau::explain
