#include "data/augment/geometry.hpp"

#include <gtest/gtest.h>

#include "data/augment/pattern.hpp"

namespace noyau::test {
namespace {

using data::AffineChange;

Bytes moved(const Image& image, const AffineChange& change) {
  return changed(image, [&](Image& copy) {
    data::transform(copy, data::inverse_map(change, copy.height, copy.width));
  });
}

// The numbers are those of torchvision's affine with Pillow 13.0, bilinear.

TEST(Geometry, ColourPicturesAreSampledAsByPillow) {
  const Image image = pattern(4, 5, 3);
  EXPECT_EQ(moved(image, {.degrees = 20}),
            (Bytes{4,   205, 23,  60,  151, 76,  171, 154, 134, 148, 141, 186, 0,   0,   0,
                   52,  85,  168, 84,  114, 133, 142, 210, 79,  156, 124, 159, 101, 135, 96,
                   183, 111, 116, 203, 186, 143, 192, 230, 70,  119, 128, 207, 71,  218, 123,
                   0,   0,   0,   143, 109, 89,  90,  99,  112, 116, 115, 144, 117, 163, 82}));
  EXPECT_EQ(moved(image, {-33, 1, -1, 1.2, 10, -7}),
            (Bytes{10, 52,  99, 72,  156, 81,  102, 139, 100, 170, 211, 87,  139, 111, 198,
                   4,  205, 23, 23,  173, 59,  122, 136, 144, 205, 234, 62,  126, 170, 151,
                   0,  0,   0,  65,  43,  210, 187, 152, 178, 173, 153, 99,  85,  81,  91,
                   0,  0,   0,  169, 85,  104, 220, 138, 70,  192, 143, 107, 0,   0,   0}));
}

TEST(Geometry, GreyPicturesAreSampledAsByPillow) {
  EXPECT_EQ(moved(pattern(6, 7, 1), {50, 1, 0, 0.8, -20, 5}),
            (Bytes{0, 0, 0,   84,  93,  0,   0,   0, 0, 157, 17, 120, 197, 0,
                   0, 0, 189, 148, 84,  160, 100, 0, 0, 194, 68, 128, 39,  82,
                   0, 0, 0,   58,  194, 158, 100, 0, 0, 0,   0,  157, 182, 0}));
}

TEST(Geometry, RightAnglesAreExact) {
  const Image image{2, 2, 1, {1, 2, 3, 4}};
  EXPECT_EQ(moved(image, {.degrees = 90}), (Bytes{3, 1, 4, 2}));
  EXPECT_EQ(moved(image, {.degrees = 180}), (Bytes{4, 3, 2, 1}));
  EXPECT_EQ(moved(image, {.degrees = -90}), (Bytes{2, 4, 1, 3}));
}

TEST(Geometry, WholePixelsMoveUnchangedAndBlackComesIn) {
  const Image image{3, 3, 1, {1, 2, 3, 4, 5, 6, 7, 8, 9}};
  EXPECT_EQ(moved(image, {}), image.pixels);
  EXPECT_EQ(moved(image, {.right = 1, .down = -1}), (Bytes{0, 4, 5, 0, 7, 8, 0, 0, 0}));
}

TEST(Geometry, ConstantPicturesStayConstantInside) {
  const Image image{9, 9, 3, Bytes(243, 201)};
  const Bytes got = moved(image, {.degrees = 31, .scale = 3});
  EXPECT_EQ(got, image.pixels);
}

}  // namespace
}  // namespace noyau::test
