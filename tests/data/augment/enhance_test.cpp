#include "data/augment/enhance.hpp"

#include <gtest/gtest.h>

#include "data/augment/pattern.hpp"

namespace noyau::test {
namespace {

const Image kPicture = pattern(4, 5, 3);

Bytes with(void (*change)(Image&, double), double factor) {
  return changed(kPicture, [&](Image& image) { change(image, factor); });
}

// The numbers are those of Pillow 13.0's ImageEnhance.

TEST(Enhance, BrightnessIsPillows) {
  EXPECT_EQ(with(data::change_brightness, 0.3),
            (Bytes{3,  14, 30, 50, 74, 25, 57, 17, 58, 26, 75, 52, 33, 18, 7,  0,  75, 0,  6, 16,
                   30, 49, 72, 22, 53, 12, 51, 18, 66, 42, 21, 5,  70, 62, 59, 59, 64, 73, 9, 27,
                   48, 74, 27, 62, 23, 66, 36, 10, 65, 48, 35, 26, 21, 20, 24, 32, 44, 60, 3, 28}));
  EXPECT_EQ(with(data::change_brightness, 1.7),
            (Bytes{18,  83,  171, 255, 255, 144, 255, 100, 255, 151, 255, 255, 188, 103, 42,
                   5,   255, 1,   35,  93,  175, 255, 255, 127, 255, 69,  255, 107, 255, 239,
                   124, 32,  255, 255, 255, 255, 255, 255, 56,  154, 255, 255, 158, 255, 134,
                   255, 205, 59,  255, 255, 198, 147, 120, 117, 137, 181, 249, 255, 22,  161}));
}

TEST(Enhance, ContrastIsPillows) {
  EXPECT_EQ(with(data::change_contrast, 0.3),
            (Bytes{95,  107, 122, 142, 166, 117, 150, 110, 150, 119, 168, 144, 125, 110, 99,
                   93,  167, 92,  98,  108, 123, 141, 164, 114, 146, 104, 144, 111, 159, 134,
                   114, 98,  162, 155, 151, 152, 156, 165, 102, 119, 141, 167, 120, 154, 116,
                   158, 128, 102, 158, 140, 127, 118, 113, 113, 116, 124, 136, 152, 96,  120}));
  EXPECT_EQ(with(data::change_contrast, 1.7),
            (Bytes{0,   0,   79,  191, 255, 52,  235, 7,   239, 58,  255, 205, 96,  11,  0,
                   0,   255, 0,   0,   1,   82,  188, 255, 35,  211, 0,   201, 14,  255, 147,
                   31,  0,   255, 255, 242, 245, 255, 255, 0,   62,  184, 255, 65,  255, 41,
                   255, 113, 0,   255, 181, 106, 55,  28,  24,  45,  89,  157, 249, 0,   69}));
}

TEST(Enhance, ColorIsPillows) {
  EXPECT_EQ(with(data::change_color, 0.3),
            (Bytes{34,  45,  61,  193, 217, 169, 138, 98,  139, 163, 212, 189, 83,  68,  57,
                   104, 178, 103, 41,  51,  65,  188, 211, 161, 121, 80,  119, 135, 183, 158,
                   63,  47,  112, 203, 199, 200, 212, 221, 158, 133, 154, 180, 138, 172, 134,
                   165, 135, 109, 186, 169, 156, 79,  74,  73,  97,  104, 116, 115, 59,  83}));
  EXPECT_EQ(with(data::change_color, 1.7),
            (Bytes{0,   52,  140, 140, 255, 1,   247, 19,  251, 14,  255, 161, 138, 53,  0,
                   0,   255, 0,   0,   58,  140, 141, 255, 0,   236, 1,   226, 0,   255, 123,
                   82,  0,   255, 214, 194, 197, 217, 255, 0,   49,  171, 255, 47,  241, 23,
                   255, 107, 0,   251, 152, 77,  94,  67,  64,  64,  109, 177, 255, 0,   106}));
}

TEST(Enhance, SharpnessIsPillows) {
  EXPECT_EQ(with(data::change_sharpness, 0.3),
            (Bytes{11,  49,  101, 167, 247, 85,  193, 59,  195, 89,  253, 175, 111, 61,  25,
                   3,   251, 1,   67,  101, 108, 156, 205, 107, 156, 101, 150, 63,  223, 141,
                   73,  19,  235, 173, 174, 149, 179, 195, 79,  109, 154, 185, 93,  207, 79,
                   221, 121, 35,  219, 161, 117, 87,  71,  69,  81,  107, 147, 201, 13,  95}));
  EXPECT_EQ(with(data::change_sharpness, 1.7),
            (Bytes{11,  49,  101, 167, 247, 85,  193, 59,  195, 89,  253, 175, 111, 61,  25,
                   3,   251, 1,   0,   8,   97,  173, 255, 42,  201, 0,   195, 63,  223, 141,
                   73,  19,  235, 244, 219, 248, 250, 255, 0,   72,  171, 255, 93,  207, 79,
                   221, 121, 35,  219, 161, 117, 87,  71,  69,  81,  107, 147, 201, 13,  95}));
}

TEST(Enhance, FactorOneIsThePictureAndFactorZeroLacksTheProperty) {
  for (const auto change :
       {data::change_brightness, data::change_contrast, data::change_color, data::change_sharpness})
    EXPECT_EQ(with(change, 1), kPicture.pixels);
  EXPECT_EQ(with(data::change_brightness, 0), Bytes(60));
  EXPECT_EQ(with(data::change_contrast, 0), Bytes(60, 132));
  const Bytes grey = with(data::change_color, 0);
  for (std::size_t i = 0; i < grey.size(); i += 3) EXPECT_EQ(grey[i], grey[i + 2]);
}

TEST(Enhance, GreyPicturesHaveNoColour) {
  const Image grey = pattern(4, 5, 1);
  EXPECT_EQ(changed(grey, [](Image& image) { data::change_color(image, 3); }), grey.pixels);
}

}  // namespace
}  // namespace noyau::test
