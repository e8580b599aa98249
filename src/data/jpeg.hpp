#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "data/decode.hpp"
#include "noyau/data.hpp"

namespace noyau::data {

/// Decodes what is chosen of a JPEG to grey or RGB as stored (CMYK and YCCK become RGB), then sets
/// it upright by its EXIF orientation. Throws Error(corrupt_file) for damage, every warning of
/// libjpeg included, and Error(unsupported) above `kMaxPixels` pixels.
Image decode_jpeg(std::span<const std::uint8_t> bytes, const std::string& where,
                  const DecodeChoice& choice);

}  // namespace noyau::data
