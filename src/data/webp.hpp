#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "noyau/data.hpp"

namespace noyau::data {

/// Decodes a still WebP, lossy or lossless, to RGB (transparency laid on white), then sets it
/// upright by its EXIF orientation. Throws Error(corrupt_file) for damaged or cut files, and
/// Error(unsupported) for animations and above `kMaxPixels` pixels.
Image decode_webp(std::span<const std::uint8_t> bytes, const std::string& where);

}  // namespace noyau::data
