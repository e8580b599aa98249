#include "data/augment/crop.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "data/augment/kind.hpp"

namespace noyau::data {
namespace {

std::int64_t padding_of(const Image& image, double argument) {
  if (!std::isnan(argument)) return std::int64_t(argument);
  return std::max<std::int64_t>(1, (std::min(image.height, image.width) + 4) / 8);
}

}  // namespace

void shift(Image& image, std::int64_t down, std::int64_t right) {
  if (down == 0 && right == 0) return;
  std::vector<std::uint8_t> out(image.pixels.size());
  const std::int64_t rows = image.height - std::abs(down), columns = image.width - std::abs(right);
  const std::int64_t bytes = columns * image.channels, row = image.width * image.channels;
  const std::int64_t src_left = std::max<std::int64_t>(0, -right) * image.channels;
  const std::int64_t dst_left = std::max<std::int64_t>(0, right) * image.channels;
  for (std::int64_t y = 0; y < rows && columns > 0; ++y) {
    const std::int64_t src_y = y + std::max<std::int64_t>(0, -down);
    const std::int64_t dst_y = y + std::max<std::int64_t>(0, down);
    std::copy_n(image.pixels.begin() + src_y * row + src_left, bytes,
                out.begin() + dst_y * row + dst_left);
  }
  image.pixels = std::move(out);
}

Kind augmentations::crop() {
  constexpr double kBySize = std::numeric_limits<double>::quiet_NaN();
  return {
      {"crop",
       {{"padding", 0, 1024, kBySize, true}},
       "adds a black border of so many pixels (an eighth of the picture unless given) and takes "
       "a part of the old size",
       "He et al. 2016, arXiv:1512.03385"},
      [](Image& image, Arguments a, const InputSize&, Random& random) {
        const std::int64_t padding = padding_of(image, a[0]);
        const std::uint64_t places = std::uint64_t(2 * padding + 1);
        const std::int64_t down = std::int64_t(random.below(places)) - padding;
        const std::int64_t right = std::int64_t(random.below(places)) - padding;
        shift(image, down, right);
      }};
}

}  // namespace noyau::data
