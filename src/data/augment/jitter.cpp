#include "data/augment/enhance.hpp"
#include "data/augment/hue.hpp"
#include "data/augment/kind.hpp"

namespace noyau::data {
namespace {

void change(Image& image, Arguments a, const InputSize&, Random& random) {
  std::vector<int> order = {0, 1, 2, 3};
  shuffle(order, random);
  const double brightness = around_one(random, a[0]), contrast = around_one(random, a[1]);
  const double color = around_one(random, a[2]), hue = either_way(random, a[3]);
  for (const int property : order) {
    if (property == 0) change_brightness(image, brightness);
    if (property == 1) change_contrast(image, contrast);
    if (property == 2) change_color(image, color);
    if (property == 3) turn_hue(image, hue);
  }
}

}  // namespace

Kind augmentations::jitter() {
  return {
      {"jitter",
       {{"brightness", 0, 10, 0.4},
        {"contrast", 0, 10, 0.4},
        {"saturation", 0, 10, 0.4},
        {"hue", 0, 0.5, 0.1}},
       "changes brightness, contrast, saturation (factors within so much of 1) and hue (a share "
       "of the colour circle) in random order",
       "torchvision ColorJitter"},
      change};
}

}  // namespace noyau::data
