#pragma once

#include "noyau/data.hpp"

namespace noyau::data {

/// Mirrors left and right.
void flip_horizontally(Image& image);

/// Mirrors top and bottom.
void flip_vertically(Image& image);

}  // namespace noyau::data
