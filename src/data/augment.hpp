#pragma once

#include "base/random.hpp"
#include "data/resample.hpp"
#include "noyau/data.hpp"

namespace noyau::data {

/// A rectangle inside a picture.
struct Rectangle {
  std::int64_t top = 0, left = 0, height = 0, width = 0;
};

/// Throws Error(invalid_argument) naming the option that is out of range.
void check(const AugmentOptions& options);

/// A rectangle of random area and aspect ratio inside height x width; after 10 draws that do not
/// fit, the largest centred one of an allowed ratio (the rule of torchvision's RandomResizedCrop).
Rectangle draw_rectangle(Random& random, const AugmentOptions& options, std::int64_t height,
                         std::int64_t width);

/// Moves the picture by (down, right) pixels, black coming in: a crop of the picture with a border.
Image shifted(const Image& image, std::int64_t down, std::int64_t right);

void flip_horizontally(Image& image);

/// The training picture: crop, then flip, drawn from (seed, epoch, index) alone. `image` has been
/// through `fit` unless the crop is `resized`, which takes it at its own size.
Image augment(const Image& image, const AugmentOptions& options, const InputSize& input,
              std::uint64_t seed, std::int64_t epoch, std::int64_t index);

}  // namespace noyau::data
