#include "data/augment/crop.hpp"

#include <gtest/gtest.h>

#include <set>

#include "data/augment/flip.hpp"
#include "data/augment/pattern.hpp"
#include "data/augment/rectangle.hpp"

namespace noyau::test {
namespace {

using data::Rectangle;
using data::RectangleRange;

const Image kNine{3, 3, 1, {1, 2, 3, 4, 5, 6, 7, 8, 9}};

Bytes shifted(std::int64_t down, std::int64_t right) {
  return changed(kNine, [&](Image& image) { data::shift(image, down, right); });
}

TEST(Flip, MirrorsWholePixels) {
  const Image image{2, 2, 3, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}};
  EXPECT_EQ(changed(image, data::flip_horizontally),
            (Bytes{4, 5, 6, 1, 2, 3, 10, 11, 12, 7, 8, 9}));
  EXPECT_EQ(changed(image, data::flip_vertically), (Bytes{7, 8, 9, 10, 11, 12, 1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(changed(kNine, data::flip_vertically), (Bytes{7, 8, 9, 4, 5, 6, 1, 2, 3}));
}

TEST(Crop, ShiftsAndLetsBlackIn) {
  EXPECT_EQ(shifted(1, -1), (Bytes{0, 0, 0, 2, 3, 0, 5, 6, 0}));
  EXPECT_EQ(shifted(5, 0), Bytes(9));
  EXPECT_EQ(shifted(0, -7), Bytes(9));
}

TEST(Crop, ReachesEveryShiftAndNoOther) {
  std::set<std::string> expected, got;
  for (int down = -1; down <= 1; ++down)
    for (int right = -1; right <= 1; ++right) expected.insert(text(shifted(down, right)));
  for (std::int64_t i = 0; i < 300; ++i) got.insert(text(augmented(kNine, "crop=1", i).pixels));
  EXPECT_EQ(got, expected);
}

TEST(Crop, PadsAnEighthUnlessToldOtherwise) {
  const Image image = pattern(32, 40, 1);
  for (std::int64_t i = 0; i < 20; ++i)
    EXPECT_EQ(augmented(image, "crop", i), augmented(image, "crop=4", i));
}

TEST(ResizedCrop, RectanglesStayInRange) {
  const RectangleRange range{0.08, 1, 0.75, 4.0 / 3.0};
  int drawn = 0;
  for (const auto& [height, width] :
       {std::pair<std::int64_t, std::int64_t>(60, 80), {7, 5}, {1, 1}, {1, 300}, {300, 1}}) {
    for (std::uint64_t i = 0; i < 500; ++i) {
      Random random(3, i);
      const auto r = data::draw_rectangle(random, range, height, width);
      if (!r) continue;
      ++drawn;
      ASSERT_TRUE(r->top >= 0 && r->left >= 0 && r->height >= 1 && r->width >= 1);
      ASSERT_TRUE(r->top + r->height <= height && r->left + r->width <= width);
      if (height != 60) continue;  // in small pictures whole pixels decide
      const double area = double(r->height * r->width) / double(height * width);
      const double ratio = double(r->width) / double(r->height);
      ASSERT_TRUE(area > 0.07 && area <= 1.0) << area;
      ASSERT_TRUE(ratio > 0.70 && ratio < 1.43) << ratio;
    }
  }
  EXPECT_GT(drawn, 1000);
}

TEST(ResizedCrop, TakesTheLargestCentredPartWhereNothingFits) {
  const RectangleRange range{1, 1, 0.75, 1.5};
  Random random(1);
  EXPECT_FALSE(data::draw_rectangle(random, range, 10, 300));
  const Rectangle r = data::largest_rectangle(range, 10, 300);
  EXPECT_EQ(r.top, 0);
  EXPECT_EQ(r.left, 142);
  EXPECT_EQ(r.height, 10);
  EXPECT_EQ(r.width, 15);
}

}  // namespace
}  // namespace noyau::test
