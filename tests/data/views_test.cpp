// The views of test-time augmentation on a picture whose corners tell themselves apart.

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "noyau/data.hpp"
#include "noyau/error.hpp"

namespace noyau {
namespace {

using Place = TestView::Place;

// 64 x 64, the four quarters in four greys.
Image quarters() {
  Image image{64, 64, 1, std::vector<std::uint8_t>(64 * 64)};
  for (std::int64_t y = 0; y < 64; ++y)
    for (std::int64_t x = 0; x < 64; ++x)
      image.pixels[std::size_t(y * 64 + x)] = std::uint8_t(40 * (1 + y / 32 * 2 + x / 32));
  return image;
}

// How many of the pixels have the grey of that quarter.
std::int64_t share(const Image& image, int quarter) {
  return std::count(image.pixels.begin(), image.pixels.end(), std::uint8_t(40 * (1 + quarter)));
}

const InputSize kHalf{32, 32, 1, 0.5};

TEST(TestViews, CornersHoldTheirQuarters) {
  const std::pair<Place, int> corners[] = {{Place::top_left, 0},
                                           {Place::top_right, 1},
                                           {Place::bottom_left, 2},
                                           {Place::bottom_right, 3}};
  for (const auto& [place, quarter] : corners)
    EXPECT_EQ(share(fit(quarters(), kHalf, {place, false}), quarter), 32 * 32);
}

TEST(TestViews, TheCentreIsWhatFitGives) {
  EXPECT_EQ(fit(quarters(), kHalf, TestView{}), fit(quarters(), kHalf));
}

TEST(TestViews, FlipExchangesLeftAndRight) {
  const Image flipped = fit(quarters(), {64, 64, 1, 1.0}, {Place::centre, true});
  EXPECT_EQ(flipped.pixels.front(), 80);
  EXPECT_EQ(flipped.pixels[63], 40);
  EXPECT_EQ(flipped.pixels.back(), 120);
}

TEST(TestViews, FlipsComeInAllFourWays) {
  std::set<int> corners;
  for (const TestView& view : test_views("flips"))
    corners.insert(fit(quarters(), {64, 64, 1, 1.0}, view).pixels.front());
  EXPECT_EQ(corners, (std::set<int>{40, 80, 120, 160}));
}

TEST(TestViews, CornersDifferAlsoWhereTheWholePictureIsUsed) {
  const InputSize whole{64, 64, 1, 1.0};
  EXPECT_NE(fit(quarters(), whole, {Place::top_left, false}),
            fit(quarters(), whole, {Place::bottom_right, false}));
}

TEST(TestViews, NamesGiveOneTwoAndTenDifferentViews) {
  EXPECT_EQ(test_views("none"), std::vector{TestView{}});
  EXPECT_EQ(test_views("flip").size(), 2u);
  const std::vector<TestView> ten = test_views("ten");
  EXPECT_EQ(ten.size(), 10u);
  for (std::size_t i = 0; i < ten.size(); ++i)
    for (std::size_t j = 0; j < i; ++j) EXPECT_NE(ten[i], ten[j]);
  EXPECT_THROW(test_views("all"), Error);
}

}  // namespace
}  // namespace noyau
