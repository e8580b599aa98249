#include <cmath>

#include "data/augment/kind.hpp"
#include "data/augment/rectangle.hpp"

namespace noyau::data {
namespace {

RectangleRange range_of(Arguments a) { return {a[0], a[1], 3.0 / 4.0, 4.0 / 3.0}; }

Rectangle draw(Arguments a, Size size, Random& random) {
  const RectangleRange range = range_of(a);
  const auto drawn = draw_rectangle(random, range, size.height, size.width);
  return drawn ? *drawn : largest_rectangle(range, size.height, size.width);
}

Size least(Arguments a, Size size) {
  const RectangleRange range = range_of(a);
  const double area = range.scale_low * double(size.height) * double(size.width);
  const Rectangle largest = largest_rectangle(range, size.height, size.width);
  return {std::min<std::int64_t>(std::llround(std::sqrt(area / range.ratio_high)), largest.height),
          std::min<std::int64_t>(std::llround(std::sqrt(area * range.ratio_low)), largest.width)};
}

}  // namespace

// The 0.08 of ImageNet cuts too much from the few hundred pictures of a usual folder.
Kind augmentations::resized_crop() {
  return {
      .info = {"resized-crop",
               {{"scale_low", 0.01, 1, 0.25}, {"scale_high", 0.01, 1, 1, false, true}},
               "takes a part of this share of the area, of aspect ratio 3:4 to 4:3, and resizes it",
               "Szegedy et al. 2015, arXiv:1409.4842"},
      .take = {draw, least}};
}

}  // namespace noyau::data
