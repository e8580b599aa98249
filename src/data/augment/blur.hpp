#pragma once

#include "noyau/data.hpp"

namespace noyau::data {

/// Convolves with a Gaussian of `sigma` pixels, cut off at 3 sigma and mirrored at the borders; 0
/// changes nothing. Rounds once, to the nearest.
void gaussian_blur(Image& image, double sigma);

}  // namespace noyau::data
