#include <algorithm>
#include <cmath>

#include "data/augment/beta.hpp"
#include "data/augment/kind.hpp"
#include "data/augment/rectangle.hpp"

namespace noyau::data {
namespace {

/// A rectangle of the picture's shape and 1 - share of its area around a random centre; what sticks
/// out is cut off.
Rectangle draw_box(Random& random, double share, std::int64_t height, std::int64_t width) {
  const double side = std::sqrt(1 - share);
  const std::int64_t half_height = std::int64_t(double(height) * side) / 2;
  const std::int64_t half_width = std::int64_t(double(width) * side) / 2;
  const std::int64_t y = std::int64_t(random.below(std::uint64_t(height)));
  const std::int64_t x = std::int64_t(random.below(std::uint64_t(width)));
  const std::int64_t top = std::max<std::int64_t>(y - half_height, 0);
  const std::int64_t left = std::max<std::int64_t>(x - half_width, 0);
  return {top, left, std::min(y + half_height, height) - top,
          std::min(x + half_width, width) - left};
}

double mix(Tensor& images, Arguments a, Random& random) {
  if (a[0] == 0) return 1;
  const Shape& shape = images.shape();  // of volumes the rectangle goes through all slices
  const std::int64_t batch = shape[0], height = shape[-3], width = shape[-2], channels = shape[-1];
  const std::int64_t depth = images.elements() / (batch * height * width * channels);
  const Rectangle box = draw_box(random, draw_beta(random, a[0]), height, width);
  float* pixels = images.as<float>().data();
  const auto row_of = [&](std::int64_t image, std::int64_t slice, std::int64_t y) {
    return pixels + (((image * depth + slice) * height + y) * width + box.left) * channels;
  };
  for (std::int64_t i = 0; i < batch / 2; ++i)
    for (std::int64_t slice = 0; slice < depth; ++slice)
      for (std::int64_t y = box.top; y < box.top + box.height; ++y) {
        float* one = row_of(i, slice, y);
        std::swap_ranges(one, one + box.width * channels, row_of(batch - 1 - i, slice, y));
      }
  return 1 - double(box.height * box.width) / double(height * width);
}

}  // namespace

Kind augmentations::cutmix() {
  return {.info = {"cutmix",
                   {{"alpha", 0, 10, 1}},
                   "pastes a rectangle of another picture of the batch into each, and mixes their "
                   "labels by area, drawn from Beta(alpha, alpha)",
                   "Yun et al. 2019, arXiv:1905.04899"},
          .mix = mix};
}

}  // namespace noyau::data
