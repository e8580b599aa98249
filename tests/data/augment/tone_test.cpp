#include "data/augment/tone.hpp"

#include <gtest/gtest.h>

#include <numeric>

#include "data/augment/pattern.hpp"

namespace noyau::test {
namespace {

const Image kPicture = pattern(4, 5, 3);

// The numbers are those of Pillow 13.0's ImageOps.

TEST(Tone, InvertSolarizeAndPosterizeArePillows) {
  EXPECT_EQ(changed(kPicture, data::invert),
            (Bytes{244, 206, 154, 88,  8,   170, 62,  196, 60,  166, 2,   80,  144, 194, 230,
                   252, 4,   254, 234, 200, 152, 90,  14,  180, 76,  214, 82,  192, 32,  114,
                   182, 236, 20,  46,  58,  56,  40,  10,  222, 164, 92,  6,   162, 48,  176,
                   34,  134, 220, 36,  94,  138, 168, 184, 186, 174, 148, 108, 54,  242, 160}));
  EXPECT_EQ(changed(kPicture, [](Image& image) { data::solarize(image, 100); }),
            (Bytes{11, 49,  154, 88, 8,  85,  62, 59, 60, 89, 2,   80,  144, 61, 25,
                   3,  4,   1,   21, 55, 152, 90, 14, 75, 76, 41,  82,  63,  32, 114,
                   73, 19,  20,  46, 58, 56,  40, 10, 33, 91, 92,  6,   93,  48, 79,
                   34, 134, 35,  36, 94, 138, 87, 71, 69, 81, 148, 108, 54,  13, 95}));
  EXPECT_EQ(changed(kPicture, [](Image& image) { data::posterize(image, 3); }),
            (Bytes{0,   32,  96,  160, 224, 64,  192, 32,  192, 64,  224, 160, 96,  32,  0,
                   0,   224, 0,   0,   32,  96,  160, 224, 64,  160, 32,  160, 32,  192, 128,
                   64,  0,   224, 192, 192, 192, 192, 224, 32,  64,  160, 224, 64,  192, 64,
                   192, 96,  32,  192, 160, 96,  64,  64,  64,  64,  96,  128, 192, 0,   64}));
}

TEST(Tone, ContrastIsStretchedAsByPillow) {
  Image pale = kPicture;
  for (std::uint8_t& value : pale.pixels) value = std::uint8_t(value / 3 + 40);
  EXPECT_EQ(changed(pale, data::stretch_contrast),
            (Bytes{7,   38,  101, 191, 248, 86,  223, 47,  199, 99,  255, 178, 127, 51,  24,
                   0,   251, 0,   21,  44,  104, 191, 242, 76,  205, 28,  175, 70,  223, 144,
                   81,  6,   239, 240, 194, 202, 247, 245, 33,  102, 159, 255, 106, 207, 79,
                   255, 114, 33,  255, 156, 119, 99,  60,  70,  92,  98,  150, 233, 0,   95}));
}

TEST(Tone, HistogramsAreFlattenedAsByPillow) {
  Image image{20, 20, 1, {}};
  for (int i = 0; i < 400; ++i) image.pixels.push_back(std::uint8_t(i * i * 3 % 97 + i % 7));
  const Bytes got = changed(image, data::equalize_histogram);
  EXPECT_EQ(Bytes(got.begin(), got.begin() + 40),
            (Bytes{0,  9,   66,  121, 204, 255, 78,  193, 255, 200, 55,  255, 186, 108,
                   21, 255, 255, 255, 21,  89,  168, 239, 255, 154, 255, 147, 255, 231,
                   97, 2,   255, 255, 255, 255, 255, 255, 38,  142, 255, 33}));
  EXPECT_EQ(std::accumulate(got.begin(), got.end(), 0), 68896);
}

TEST(Tone, PicturesOfOneValueStayAsTheyAre) {
  const Image plain{20, 20, 1, Bytes(400, 77)};
  EXPECT_EQ(changed(plain, data::stretch_contrast), plain.pixels);
  EXPECT_EQ(changed(plain, data::equalize_histogram), plain.pixels);
  // Fewer pixels than values: there is no step to flatten with.
  EXPECT_EQ(changed(kPicture, data::equalize_histogram), kPicture.pixels);
}

}  // namespace
}  // namespace noyau::test
