#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "noyau/data.hpp"

namespace noyau::data {

/// Decodes a PNG of any depth, colour type and interlace to 8-bit grey or RGB; transparency is laid
/// on white. Throws Error(corrupt_file) for damage and Error(unsupported) above `kMaxPixels`
/// pixels.
Image decode_png(std::span<const std::uint8_t> bytes, const std::string& where);

}  // namespace noyau::data
