#include <array>
#include <cmath>

#include "data/augment/crop.hpp"
#include "data/augment/enhance.hpp"
#include "data/augment/geometry.hpp"
#include "data/augment/kind.hpp"
#include "data/augment/tone.hpp"

namespace noyau::data {
namespace {

/// One of the 14 operations. `strength` is 0 to 1; `sign` is 1 or -1.
using Operation = void (*)(Image& image, double strength, double sign);

// The largest changes are those of AutoAugment (Cubuk et al. 2019) and of torchvision.
constexpr double kFactor = 0.9, kShear = 0.3, kMove = 150.0 / 331.0, kDegrees = 30;

void keep(Image&, double, double) {}

// Shears leave the upper left corner in its place, as in the published code.
void shear_x(Image& image, double strength, double sign) {
  transform(image, {.b = sign * kShear * strength});
}

void shear_y(Image& image, double strength, double sign) {
  transform(image, {.d = sign * kShear * strength});
}

void move_x(Image& image, double strength, double sign) {
  shift(image, 0, std::int64_t(sign * kMove * strength * double(image.width)));
}

void move_y(Image& image, double strength, double sign) {
  shift(image, std::int64_t(sign * kMove * strength * double(image.height)), 0);
}

void turn(Image& image, double strength, double sign) {
  transform(image, inverse_map({.degrees = sign * kDegrees * strength}, image.height, image.width));
}

template <void (*kChange)(Image&, double)>
void enhance(Image& image, double strength, double sign) {
  kChange(image, 1 + sign * kFactor * strength);
}

void reduce_bits(Image& image, double strength, double) {
  posterize(image, 8 - int(std::lround(4 * strength)));
}

void invert_bright(Image& image, double strength, double) {
  solarize(image, int(std::lround(256 * (1 - strength))));
}

template <void (*kChange)(Image&)>
void whole(Image& image, double, double) {
  kChange(image);
}

constexpr std::array<Operation, 14> kOperations = {
    keep,
    shear_x,
    shear_y,
    move_x,
    move_y,
    turn,
    enhance<change_brightness>,
    enhance<change_color>,
    enhance<change_contrast>,
    enhance<change_sharpness>,
    reduce_bits,
    invert_bright,
    whole<stretch_contrast>,
    whole<equalize_histogram>,
};

void change(Image& image, Arguments a, const InputSize&, Random& random) {
  constexpr double kLargestMagnitude = 10;
  for (int i = 0; i < int(a[0]); ++i) {
    const Operation operation = kOperations[random.below(kOperations.size())];
    const double sign = random.below(2) == 0 ? 1 : -1;
    operation(image, a[1] / kLargestMagnitude, sign);
  }
}

}  // namespace

// torchvision counts magnitudes in 31 bins, 0 to 30, up to the same largest changes: its 9 is 3
// here, and the 9 of the paper and of timm is 9.
Kind augmentations::randaugment() {
  return {
      {"randaugment",
       {{"operations", 0, 14, 2, true}, {"magnitude", 0, 10, 9}},
       "applies so many of 14 operations of shape and colour, drawn anew for each picture, at a "
       "magnitude of 0 to 10",
       "Cubuk et al. 2020, arXiv:1909.13719"},
      change};
}

}  // namespace noyau::data
