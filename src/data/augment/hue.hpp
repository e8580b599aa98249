#pragma once

#include "noyau/data.hpp"

namespace noyau::data {

/// Turns the hue of each pixel by a share of the colour circle, -0.5 to 0.5, as torchvision does on
/// Pillow's 8-bit HSV; a turn under 1/255 changes nothing, and so do grey pictures.
void turn_hue(Image& image, double share);

}  // namespace noyau::data
