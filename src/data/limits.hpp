#pragma once

#include <cstdint>
#include <string>

#include "noyau/data.hpp"
#include "noyau/error.hpp"

namespace noyau::data {

/// `width` and `height` are 32-bit header fields.
inline bool exceeds_pixel_limit(std::uint64_t width, std::uint64_t height) {
  return width * height > std::uint64_t(kMaxPixels);
}

[[noreturn]] inline void throw_too_large(const std::string& where, std::uint64_t width,
                                         std::uint64_t height) {
  throw Error(
      ErrorCode::unsupported, where,
      "the header says " + std::to_string(width) + " x " + std::to_string(height) + " pixels",
      "at most " + std::to_string(kMaxPixels) + " pixels");
}

}  // namespace noyau::data
