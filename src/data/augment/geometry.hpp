#pragma once

#include "noyau/data.hpp"

namespace noyau::data {

/// Where the colour of a pixel comes from: output (x, y) shows input (a x + b y + c, d x + e y +
/// f). Pixel centres are at halves.
struct AffineMap {
  double a = 1, b = 0, c = 0;
  double d = 0, e = 1, f = 0;
};

/// A change of the whole picture about its centre; the neutral values are the defaults.
struct AffineChange {
  double degrees = 0;               ///< clockwise
  double right = 0, down = 0;       ///< pixels
  double scale = 1;                 ///< above 1 enlarges
  double shear_x = 0, shear_y = 0;  ///< degrees
};

/// The map that shows a picture of height x width changed so: torchvision's `affine`.
AffineMap inverse_map(const AffineChange& change, std::int64_t height, std::int64_t width);

/// Samples bilinearly; outside of the picture is black. Rounds as Pillow's `transform` does.
void transform(Image& image, const AffineMap& map);

}  // namespace noyau::data
