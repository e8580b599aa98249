#include <cmath>

#include "data/augment/crop.hpp"
#include "data/augment/geometry.hpp"
#include "data/augment/kind.hpp"

namespace noyau::data::augmentations {
namespace {

void apply(Image& image, const AffineChange& change) {
  transform(image, inverse_map(change, image.height, image.width));
}

/// Up to a share of the extent either way, in whole pixels.
std::int64_t draw_pixels(Random& random, double share, std::int64_t extent) {
  return std::llround(either_way(random, share * double(extent)));
}

void change_affine(Image& image, Arguments a, const InputSize&, Random& random) {
  AffineChange change;
  change.degrees = either_way(random, a[0]);
  change.right = double(draw_pixels(random, a[1], image.width));
  change.down = double(draw_pixels(random, a[1], image.height));
  change.scale = random.uniform(a[2], a[3]);
  change.shear_x = either_way(random, a[4]);
  apply(image, change);
}

}  // namespace

Kind rotate() {
  return {{"rotate",
           {{"degrees", 0, 180, 15}},
           "turns about the centre by up to so many degrees either way",
           "torchvision RandomRotation"},
          [](Image& image, Arguments a, const InputSize&, Random& random) {
            apply(image, {.degrees = either_way(random, a[0])});
          }};
}

Kind affine() {
  return {{"affine",
           {{"degrees", 0, 180, 10},
            {"translate", 0, 1, 0.1},
            {"scale_low", 0.1, 10, 0.9},
            {"scale_high", 0.1, 10, 1.1, false, true},
            {"shear", 0, 60, 5}},
           "turns, moves by up to a share of the extents, scales, and shears along x by up to so "
           "many degrees, all about the centre",
           "torchvision RandomAffine"},
          change_affine};
}

Kind shear() {
  return {{"shear",
           {{"degrees", 0, 60, 10}},
           "shears along x and along y by up to so many degrees either way",
           "torchvision RandomAffine"},
          [](Image& image, Arguments a, const InputSize&, Random& random) {
            const double x = either_way(random, a[0]);
            apply(image, {.shear_x = x, .shear_y = either_way(random, a[0])});
          }};
}

Kind translate() {
  return {{"translate",
           {{"share", 0, 1, 0.1}},
           "moves by up to a share of the extents either way, in whole pixels; black comes in",
           "torchvision RandomAffine"},
          [](Image& image, Arguments a, const InputSize&, Random& random) {
            const std::int64_t down = draw_pixels(random, a[0], image.height);
            shift(image, down, draw_pixels(random, a[0], image.width));
          }};
}

}  // namespace noyau::data::augmentations
