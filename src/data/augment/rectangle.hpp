#pragma once

#include <cstdint>
#include <optional>

#include "base/random.hpp"
#include "data/rectangle.hpp"

namespace noyau::data {

/// Shares of a picture's area, and ratios of width to height.
struct RectangleRange {
  double scale_low = 1, scale_high = 1;
  double ratio_low = 1, ratio_high = 1;
};

/// A rectangle of random area and aspect ratio at a random place inside height x width; nothing
/// when none of 10 draws fits. The logarithm of the ratio is uniform, as in torchvision.
std::optional<Rectangle> draw_rectangle(Random& random, const RectangleRange& range,
                                        std::int64_t height, std::int64_t width);

/// The largest rectangle in the centre of height x width whose ratio is in the range.
Rectangle largest_rectangle(const RectangleRange& range, std::int64_t height, std::int64_t width);

}  // namespace noyau::data
