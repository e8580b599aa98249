#include <algorithm>

#include "data/augment/kind.hpp"
#include "data/augment/rectangle.hpp"

namespace noyau::data {
namespace {

void fill_with_noise(Image& image, const Rectangle& r, Random& random) {
  const std::int64_t row = r.width * image.channels;
  for (std::int64_t y = 0; y < r.height; ++y) {
    std::uint8_t* out = image.pixels.data() + ((r.top + y) * image.width + r.left) * image.channels;
    for (std::int64_t x = 0; x < row; x += 8) {
      std::uint64_t bytes = random.next();
      for (std::int64_t i = x; i < std::min(x + 8, row); ++i, bytes >>= 8)
        out[i] = std::uint8_t(bytes);
    }
  }
}

void change(Image& image, Arguments a, const InputSize&, Random& random) {
  if (!chance(random, a[0])) return;
  const RectangleRange range{a[1], a[2], 0.3, 1 / 0.3};
  if (const auto r = draw_rectangle(random, range, image.height, image.width))
    fill_with_noise(image, *r, random);
}

}  // namespace

Kind augmentations::erase() {
  return {{"erase",
           {{"probability", 0, 1, 0.25},
            {"scale_low", 0, 1, 0.02},
            {"scale_high", 0, 1, 0.33, false, true}},
           "fills a rectangle of this share of the area with noise",
           "Zhong et al. 2020, arXiv:1708.04896"},
          change};
}

}  // namespace noyau::data
