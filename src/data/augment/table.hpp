#pragma once

#include <array>
#include <cstdint>

#include "noyau/data.hpp"

namespace noyau::data {

/// What becomes of each of the 256 values of a pixel.
using Table = std::array<std::uint8_t, 256>;

inline void look_up(Image& image, const Table& table) {
  for (std::uint8_t& value : image.pixels) value = table[value];
}

}  // namespace noyau::data
