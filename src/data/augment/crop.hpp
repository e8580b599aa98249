#pragma once

#include "noyau/data.hpp"

namespace noyau::data {

/// Moves the picture by (down, right) pixels, black coming in: a crop of the picture with a border.
void shift(Image& image, std::int64_t down, std::int64_t right);

}  // namespace noyau::data
