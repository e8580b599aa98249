#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

#include "base/random.hpp"

namespace noyau::data {

/// A 128-bit fingerprint that tells changed data; not meant to withstand forgery.
class Hash {
 public:
  void add(std::uint64_t number) {
    low_ = mix64(low_ ^ number) + 0x9E3779B97F4A7C15ull;
    high_ = mix64(high_ + number) ^ low_;
  }
  void add(std::span<const std::uint8_t> bytes) {
    add(std::uint64_t(bytes.size()));
    while (!bytes.empty()) {
      std::uint64_t word = 0;
      const std::size_t n = bytes.size() < sizeof word ? bytes.size() : sizeof word;
      for (std::size_t i = 0; i < n; ++i) word |= std::uint64_t(bytes[i]) << (8 * i);
      add(word);
      bytes = bytes.subspan(n);
    }
  }
  void add(std::string_view text) {
    add(std::span(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
  }
  /// 32 hexadecimal digits.
  std::string text() const {
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string out;
    for (const std::uint64_t half : {mix64(high_), mix64(low_)})
      for (int shift = 60; shift >= 0; shift -= 4) out += kDigits[half >> shift & 15];
    return out;
  }

 private:
  std::uint64_t low_ = 1, high_ = 2;
};

}  // namespace noyau::data
