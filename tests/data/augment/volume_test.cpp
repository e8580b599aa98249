// Volumes: every slice is changed in the same way.

#include <gtest/gtest.h>

#include <numeric>
#include <set>

#include "data/augment/augment.hpp"
#include "data/slices.hpp"

namespace noyau::test {
namespace {

Image volume(std::int64_t depth) {
  Image image{6, 6, 1, std::vector<std::uint8_t>(std::size_t(depth * 36)), depth};
  std::iota(image.pixels.begin(), image.pixels.end(), std::uint8_t(0));
  return image;
}

Image changed(const Image& image, const std::string& steps, std::int64_t epoch) {
  return data::augment(image, data::resolve(parse_augmentations(steps)),
                       {6, 6, 1, 1.0, image.depth}, {3, epoch, 5});
}

TEST(VolumeAugmentation, EverySliceIsChangedLikeAPicture) {
  const Image whole = volume(4);
  for (const AugmentationKind& kind : augmentation_kinds()) {
    if (kind.name == "mixup" || kind.name == "cutmix" || kind.name == "dflip") continue;
    for (std::int64_t epoch = 0; epoch < 3; ++epoch) {
      const Image out = changed(whole, kind.name, epoch);
      ASSERT_EQ(out.depth, 4) << kind.name;
      for (std::int64_t i = 0; i < 4; ++i)
        EXPECT_EQ(data::slice(out, i), changed(data::slice(whole, i), kind.name, epoch))
            << kind.name;
    }
  }
}

TEST(VolumeAugmentation, DflipExchangesFrontAndBack) {
  const Image whole = volume(3), out = changed(whole, "dflip=1", 0);
  for (std::int64_t i = 0; i < 3; ++i) EXPECT_EQ(data::slice(out, i), data::slice(whole, 2 - i));
  EXPECT_EQ(changed(whole, "dflip=0", 0), whole);
  const Image picture = data::slice(whole, 0);
  EXPECT_EQ(changed(picture, "dflip=1", 0), picture);
}

TEST(VolumeAugmentation, IntensityScalesAndShiftsWithinItsBounds) {
  const Image grey{1, 1, 1, {100}};
  std::set<int> seen;
  for (std::int64_t epoch = 0; epoch < 200; ++epoch) {
    const int value = changed(grey, "intensity=0.2:0.1", epoch).pixels[0];
    EXPECT_GE(value, 80 - 26);
    EXPECT_LE(value, 120 + 26);
    seen.insert(value);
  }
  EXPECT_GT(seen.size(), 40u);
  EXPECT_EQ(changed(grey, "intensity=0:0", 0), grey);
}

}  // namespace
}  // namespace noyau::test
