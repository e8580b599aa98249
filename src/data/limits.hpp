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

/// A small file with a huge picture in its header must not cost the memory of that picture. Throws
/// Error(corrupt_file) when not even the emptiest picture of that size fits into `bytes` bytes.
inline void check_plausible(const std::string& where, std::uint64_t width, std::uint64_t height,
                            std::uint64_t bytes, std::uint64_t max_pixels_per_byte) {
  if (width * height / max_pixels_per_byte <= bytes) return;
  throw Error(ErrorCode::corrupt_file, where,
              std::to_string(bytes) + " bytes cannot hold the " + std::to_string(width) + " x " +
                  std::to_string(height) + " pixels of the header",
              "a complete picture");
}

}  // namespace noyau::data
