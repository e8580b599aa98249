#include "data/augment/rectangle.hpp"

#include <algorithm>
#include <cmath>

namespace noyau::data {

std::optional<Rectangle> draw_rectangle(Random& random, const RectangleRange& range,
                                        std::int64_t height, std::int64_t width) {
  constexpr int kDraws = 10;
  const double area = double(height) * double(width);
  const double low = std::log(range.ratio_low), high = std::log(range.ratio_high);
  for (int draw = 0; draw < kDraws; ++draw) {
    const double target = area * random.uniform(range.scale_low, range.scale_high);
    const double ratio = std::exp(random.uniform(low, high));
    const std::int64_t w = std::llround(std::sqrt(target * ratio));
    const std::int64_t h = std::llround(std::sqrt(target / ratio));
    if (w < 1 || h < 1 || w > width || h > height) continue;
    const std::int64_t top = std::int64_t(random.below(std::uint64_t(height - h + 1)));
    const std::int64_t left = std::int64_t(random.below(std::uint64_t(width - w + 1)));
    return Rectangle{top, left, h, w};
  }
  return std::nullopt;
}

Rectangle largest_rectangle(const RectangleRange& range, std::int64_t height, std::int64_t width) {
  const double ratio = double(width) / double(height);
  std::int64_t h = height, w = width;
  if (ratio < range.ratio_low) h = std::llround(double(w) / range.ratio_low);
  if (ratio > range.ratio_high) w = std::llround(double(h) * range.ratio_high);
  h = std::clamp<std::int64_t>(h, 1, height);
  w = std::clamp<std::int64_t>(w, 1, width);
  return {(height - h) / 2, (width - w) / 2, h, w};
}

}  // namespace noyau::data
