#include "data/augment/kind.hpp"
#include "data/augment/rectangle.hpp"
#include "data/convert.hpp"
#include "data/resample.hpp"

namespace noyau::data {
namespace {

void change(Image& image, Arguments a, const InputSize& input, Random& random) {
  const RectangleRange range{a[0], a[1], 3.0 / 4.0, 4.0 / 3.0};
  const auto drawn = draw_rectangle(random, range, image.height, image.width);
  const Rectangle r = drawn ? *drawn : largest_rectangle(range, image.height, image.width);
  image = with_channels(resample(data::crop(image, r.top, r.left, r.height, r.width),
                                 {input.height, input.width, 0, 0, input.height, input.width}),
                        input.channels);
}

}  // namespace

// The 0.08 of ImageNet cuts too much from the few hundred pictures of a usual folder.
Kind augmentations::resized_crop() {
  return {{"resized-crop",
           {{"scale_low", 0.01, 1, 0.25}, {"scale_high", 0.01, 1, 1, false, true}},
           "takes a part of this share of the area, of aspect ratio 3:4 to 4:3, and resizes it",
           "Szegedy et al. 2015, arXiv:1409.4842"},
          change,
          true};
}

}  // namespace noyau::data
