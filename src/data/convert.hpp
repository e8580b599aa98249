#pragma once

#include "noyau/data.hpp"

namespace noyau::data {

/// The picture with 1 or 3 channels: grey is ITU-R 601 luma as Pillow rounds it, RGB of a grey
/// picture repeats it. 0 leaves it as it is.
Image with_channels(Image image, std::int64_t channels);

/// An RGBA picture becomes one of 1 (its first) or 3 channels, transparency laid on white.
void lay_on_white(Image& image, int channels);

/// ITU-R 601 luma of an RGB pixel.
inline std::uint8_t luma(const std::uint8_t* rgb) {
  return std::uint8_t((rgb[0] * 19595u + rgb[1] * 38470u + rgb[2] * 7471u + 0x8000u) >> 16);
}

}  // namespace noyau::data
