#pragma once

#include "noyau/data.hpp"

namespace noyau::data {

// Each moves the picture between a version without the property (factor 0) and itself (factor 1,
// which changes nothing), or beyond. They round as Pillow's ImageEnhance does. `factor` >= 0.

/// 0 is black.
void change_brightness(Image& image, double factor);

/// 0 is the mean grey.
void change_contrast(Image& image, double factor);

/// 0 is the grey picture; grey pictures stay as they are.
void change_color(Image& image, double factor);

/// 0 is the picture smoothed over 3 x 3 pixels; the outermost pixels stay as they are.
void change_sharpness(Image& image, double factor);

}  // namespace noyau::data
