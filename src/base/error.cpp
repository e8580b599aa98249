#include "noyau/error.hpp"

#include <array>
#include <cstdint>
#include <utility>

namespace noyau {
namespace {

// Length of the valid UTF-8 sequence at the start of `text`, 0 when there is none.
std::size_t utf8_length(std::string_view text) {
  auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  const std::size_t n = first < 0x80 ? 1 : first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first >= 0x80 && first < 0xC2) return 0;
  if (first > 0xF4 || n > text.size()) return 0;
  for (std::size_t i = 1; i < n; ++i)
    if ((byte(i) & 0xC0) != 0x80) return 0;
  if (first == 0xE0 && byte(1) < 0xA0) return 0;  // overlong
  if (first == 0xED && byte(1) > 0x9F) return 0;  // surrogates
  if (first == 0xF0 && byte(1) < 0x90) return 0;  // overlong
  if (first == 0xF4 && byte(1) > 0x8F) return 0;  // beyond U+10FFFF
  return n;
}

// C0, DEL and C1 (which UTF-8 writes as C2 80 to C2 9F) can steer a terminal.
bool is_control(std::string_view sequence) {
  const auto first = static_cast<unsigned char>(sequence[0]);
  if (sequence.size() == 1) return first < 0x20 || first == 0x7F;
  return first == 0xC2 && static_cast<unsigned char>(sequence[1]) < 0xA0;
}

std::string message(const std::string& where, const std::string& got, const std::string& expected,
                    const std::string& hint) {
  std::string text = where.empty() ? got : where + ": " + got;
  if (!expected.empty()) text += "; expected " + expected;
  if (!hint.empty()) text += "; " + hint;
  return escaped(text);
}

}  // namespace

std::string escaped(std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t n = utf8_length(text);
    const std::string_view sequence = text.substr(0, n == 0 ? 1 : n);
    if (n > 0 && !is_control(sequence)) {
      out += sequence;
    } else {
      for (const char c : sequence) {
        const auto byte = static_cast<unsigned char>(c);
        out += {'\\', 'x', kHex[byte >> 4], kHex[byte & 15]};
      }
    }
    text.remove_prefix(sequence.size());
  }
  return out;
}

std::string_view to_string(ErrorCode code) {
  static constexpr std::array<std::string_view, 9> kNames = {
      "invalid_argument", "shape_mismatch", "unsupported", "io",      "corrupt_file",
      "out_of_memory",    "numeric",        "distributed", "internal"};
  return kNames[static_cast<std::size_t>(code)];
}

Error::Error(ErrorCode code, std::string where, std::string got, std::string expected,
             std::string hint)
    : std::runtime_error(message(where, got, expected, hint)),
      code_(code),
      where_(std::move(where)),
      got_(std::move(got)),
      expected_(std::move(expected)),
      hint_(std::move(hint)) {}

}  // namespace noyau
