#include <gtest/gtest.h>

#include <algorithm>

#include "data/augment/pattern.hpp"

namespace noyau::test {
namespace {

// Rows and columns of a black picture that noise was drawn into; noise is black in places.
struct Box {
  std::int64_t top = 1000, left = 1000, bottom = -1, right = -1;
};

Box box_of(const Image& image) {
  Box box;
  for (std::int64_t y = 0; y < image.height; ++y)
    for (std::int64_t x = 0; x < image.width; ++x) {
      if (image.pixels[std::size_t(y * image.width + x)] == 0) continue;
      box = {std::min(box.top, y), std::min(box.left, x), std::max(box.bottom, y),
             std::max(box.right, x)};
    }
  return box;
}

TEST(Erase, FillsARectangleOfTheAskedAreaWithNoise) {
  const Image black{40, 50, 1, Bytes(2000)};
  for (std::int64_t i = 0; i < 50; ++i) {
    const Image image = augmented(black, "erase=1:0.1:0.2", i);
    const Box box = box_of(image);
    const std::int64_t area = (box.bottom - box.top + 1) * (box.right - box.left + 1);
    EXPECT_TRUE(area > 150 && area < 450) << area;
    const std::int64_t black_left = std::ranges::count(image.pixels, 0);
    EXPECT_NEAR(double(black_left), double(2000 - area), 30);
  }
}

TEST(Erase, NoiseIsUniform) {
  const Image black{64, 64, 3, Bytes(64 * 64 * 3)};
  std::int64_t sum = 0, count = 0;
  for (std::int64_t i = 0; i < 40; ++i)
    for (const std::uint8_t value : augmented(black, "erase=1:0.5:0.6", i).pixels) {
      sum += value;
      count += value != 0;
    }
  EXPECT_NEAR(double(sum) / double(count), 128, 1);
}

}  // namespace
}  // namespace noyau::test
