#pragma once

#include "noyau/data.hpp"

namespace noyau::data {

// Each maps values of pixels to others and gives the bits of Pillow's ImageOps.

void invert(Image& image);

/// Inverts the values from `threshold` on; 256 changes nothing.
void solarize(Image& image, int threshold);

/// Keeps the upper bits of each value, 1 to 8; 8 changes nothing.
void posterize(Image& image, int bits);

/// Stretches each channel over 0 to 255.
void stretch_contrast(Image& image);

/// Makes the histogram of each channel as flat as its steps allow.
void equalize_histogram(Image& image);

}  // namespace noyau::data
