#include "data/augment/hue.hpp"

#include <gtest/gtest.h>

#include "data/augment/pattern.hpp"

namespace noyau::test {
namespace {

const Image kPicture = pattern(4, 5, 3);

Bytes turned(const Image& image, double share) {
  return changed(image, [&](Image& copy) { data::turn_hue(copy, share); });
}

// The numbers are those of torchvision's adjust_hue with Pillow 13.0.
TEST(Hue, TurnsAsTorchvisionDoes) {
  EXPECT_EQ(turned(kPicture, 0.2),
            (Bytes{81,  11,  101, 85,  247, 196, 195, 79,  60,  89,  136, 253, 60,  111, 25,
                   2,   207, 251, 85,  21,  103, 76,  241, 181, 179, 71,  41,  64,  116, 223,
                   235, 19,  141, 209, 209, 198, 34,  245, 103, 206, 92,  249, 80,  197, 207,
                   101, 221, 36,  156, 219, 118, 82,  87,  69,  134, 81,  147, 201, 150, 13}));
  EXPECT_EQ(turned(kPicture, -0.37),
            (Bytes{68,  101, 11,  247, 85,  199, 60,  195, 162, 253, 139, 89,  43,  25,  111,
                   251, 2,   55,  73,  103, 21,  241, 76,  200, 41,  179, 155, 223, 105, 64,
                   19,  235, 24,  198, 202, 209, 233, 34,  245, 199, 249, 92,  207, 80,  119,
                   84,  36,  221, 142, 118, 219, 69,  71,  87,  121, 147, 81,  13,  137, 201}));
}

// The circle has 256 steps but 255 is its end: turns below 0 land one step off, there as here.
TEST(Hue, TurnsPureColoursIntoEachOther) {
  const Image red{1, 1, 3, {200, 0, 0}};
  EXPECT_EQ(turned(red, 1.0 / 3), (Bytes{0, 200, 0}));
  EXPECT_EQ(turned(red, -1.0 / 3), (Bytes{5, 0, 200}));
}

TEST(Hue, NeedsColourAndATurn) {
  EXPECT_EQ(turned(kPicture, 0.003), kPicture.pixels);
  const Image grey{1, 2, 3, {9, 9, 9, 200, 200, 200}};
  EXPECT_EQ(turned(grey, 0.4), grey.pixels);
  EXPECT_EQ(turned(pattern(4, 5, 1), 0.4), pattern(4, 5, 1).pixels);
}

}  // namespace
}  // namespace noyau::test
