#include "data/augment/blur.hpp"

#include <gtest/gtest.h>

#include "data/augment/pattern.hpp"

namespace noyau::test {
namespace {

Bytes blurred(const Image& image, double sigma) {
  return changed(image, [&](Image& copy) { data::gaussian_blur(copy, sigma); });
}

// The numbers were computed in double precision with NumPy, borders mirrored.
TEST(Blur, IsAGaussian) {
  EXPECT_EQ(blurred(pattern(6, 7, 1), 1),
            (Bytes{85,  100, 132, 160, 157, 128, 115, 89,  105, 131, 145, 135, 114, 105,
                   106, 117, 127, 117, 103, 100, 100, 145, 141, 124, 108, 111, 125, 130,
                   176, 161, 127, 110, 132, 162, 171, 185, 170, 132, 110, 137, 174, 188}));
}

TEST(Blur, KeepsConstantPicturesAndChannelsApart) {
  Image image{5, 6, 3, {}};
  for (int i = 0; i < 30; ++i) image.pixels.insert(image.pixels.end(), {255, 0, 100});
  for (const double sigma : {0.0, 0.1, 0.7, 3.0, 20.0})
    EXPECT_EQ(blurred(image, sigma), image.pixels) << sigma;
}

TEST(Blur, ReachesFurtherThanThePicture) {
  EXPECT_EQ(blurred({1, 1, 1, {7}}, 20), Bytes{7});
  EXPECT_EQ(blurred({1, 2, 1, {0, 200}}, 20), (Bytes{100, 100}));
}

}  // namespace
}  // namespace noyau::test
