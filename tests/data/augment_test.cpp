#include "data/augment.hpp"

#include <gtest/gtest.h>

#include <set>
#include <tuple>

#include "data/pictures.hpp"

namespace noyau::test {
namespace {

using data::Rectangle;

TEST(Augment, RectanglesStayInRange) {
  const AugmentOptions options;
  for (const auto& [height, width] :
       {std::pair<std::int64_t, std::int64_t>(60, 80), {7, 5}, {1, 1}, {1, 300}, {300, 1}}) {
    for (std::uint64_t i = 0; i < 500; ++i) {
      Random random(3, i);
      const Rectangle r = data::draw_rectangle(random, options, height, width);
      ASSERT_TRUE(r.top >= 0 && r.left >= 0 && r.height >= 1 && r.width >= 1);
      ASSERT_TRUE(r.top + r.height <= height && r.left + r.width <= width);
      if (height != 60) continue;  // in small pictures whole pixels decide
      const double area = double(r.height * r.width) / double(height * width);
      const double ratio = double(r.width) / double(r.height);
      ASSERT_TRUE(area > 0.07 && area <= 1.0) << area;
      ASSERT_TRUE(ratio > 0.70 && ratio < 1.43) << ratio;
    }
  }
}

TEST(Augment, PaddedCropsReachEveryShiftAndNoOther) {
  AugmentOptions options;
  options.crop = AugmentOptions::Crop::padded;
  options.padding = 1;
  const Image image{3, 3, 1, {1, 2, 3, 4, 5, 6, 7, 8, 9}};
  std::set<Bytes> expected, got;
  for (int down = -1; down <= 1; ++down)
    for (int right = -1; right <= 1; ++right)
      expected.insert(data::shifted(image, down, right).pixels);
  for (std::int64_t i = 0; i < 300; ++i)
    got.insert(data::augment(image, options, {3, 3, 1}, 1, 0, i).pixels);
  EXPECT_EQ(got, expected);
  EXPECT_EQ(data::shifted(image, 1, -1).pixels, (Bytes{0, 0, 0, 2, 3, 0, 5, 6, 0}));
  EXPECT_EQ(data::shifted(image, 5, 0).pixels, Bytes(9));
}

TEST(Augment, FlipFollowsItsProbability) {
  AugmentOptions options;
  const Image image{1, 2, 3, {1, 2, 3, 4, 5, 6}};
  const Bytes mirrored = {4, 5, 6, 1, 2, 3};
  for (const auto& [flip, low, high] :
       {std::tuple(0.0, 0, 0), std::tuple(1.0, 1000, 1000), std::tuple(0.5, 430, 570)}) {
    options.flip = flip;
    int flipped = 0;
    for (std::int64_t i = 0; i < 1000; ++i)
      flipped += data::augment(image, options, {1, 2, 3}, 7, 2, i).pixels == mirrored;
    EXPECT_TRUE(flipped >= low && flipped <= high) << flipped;
  }
}

TEST(Augment, NeutralValuesChangeNothing) {
  AugmentOptions options;
  const Image image = smooth(9, 9, 3);
  EXPECT_EQ(data::augment(image, options, {9, 9, 3}, 1, 2, 3), image);
  options.crop = AugmentOptions::Crop::padded;
  options.padding = 0;
  EXPECT_EQ(data::augment(image, options, {9, 9, 3}, 1, 2, 3), image);
  options.crop = AugmentOptions::Crop::resized;
  options.scale_low = options.scale_high = options.ratio_low = options.ratio_high = 1.0;
  EXPECT_EQ(data::augment(image, options, {9, 9, 3}, 1, 2, 3), image);
}

TEST(Augment, IsAFunctionOfSeedEpochAndIndex) {
  AugmentOptions options;
  options.crop = AugmentOptions::Crop::resized;
  options.flip = 0.5;
  const Image image = smooth(30, 40, 1);
  const auto make = [&](std::uint64_t seed, std::int64_t epoch, std::int64_t index) {
    return data::augment(image, options, {12, 10, 3}, seed, epoch, index);
  };
  EXPECT_EQ(make(1, 2, 3), make(1, 2, 3));
  EXPECT_NE(make(1, 2, 3), make(2, 2, 3));
  EXPECT_NE(make(1, 2, 3), make(1, 3, 3));
  EXPECT_NE(make(1, 2, 3), make(1, 2, 4));
  EXPECT_EQ(make(1, 2, 3).height, 12);
  EXPECT_EQ(make(1, 2, 3).channels, 3);
}

TEST(Augment, RefusesOptionsOutOfRange) {
  const auto refused = [](auto change) {
    AugmentOptions options;
    change(options);
    return error_of([&] { data::check(options); }).code() == ErrorCode::invalid_argument;
  };
  EXPECT_TRUE(refused([](auto& o) { o.padding = -1; }));
  EXPECT_TRUE(refused([](auto& o) { o.scale_low = 0; }));
  EXPECT_TRUE(refused([](auto& o) { o.scale_high = 1.1; }));
  EXPECT_TRUE(refused([](auto& o) { o.ratio_low = 2; }));
  EXPECT_TRUE(refused([](auto& o) { o.flip = -0.1; }));
}

}  // namespace
}  // namespace noyau::test
