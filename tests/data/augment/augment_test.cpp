#include "data/augment/augment.hpp"

#include <gtest/gtest.h>

#include <map>

#include "data/augment/pattern.hpp"

namespace noyau::test {
namespace {

// Of each kind, the arguments that change nothing, and some that change a restless picture.
struct Case {
  const char *neutral, *active;
};

const std::map<std::string, Case>& cases() {
  static const std::map<std::string, Case> all = {
      {"flip", {"flip=0", "flip=1"}},
      {"vflip", {"vflip=0", "vflip=1"}},
      {"crop", {"crop=0", "crop=4"}},
      {"resized-crop", {"resized-crop=1:1", "resized-crop=0.2:0.5"}},
      {"rotate", {"rotate=0", "rotate=45"}},
      {"affine", {"affine=0:0:1:1:0", "affine=20:0.1:0.8:1.2:10"}},
      {"shear", {"shear=0", "shear=20"}},
      {"translate", {"translate=0", "translate=0.4"}},
      {"jitter", {"jitter=0:0:0:0", "jitter"}},
      {"intensity", {"intensity=0:0", "intensity=0.5:0.5"}},
      {"brightness", {"brightness=0", "brightness"}},
      {"contrast", {"contrast=0", "contrast"}},
      {"color", {"color=0", "color"}},
      {"sharpness", {"sharpness=0", "sharpness"}},
      {"grey", {"grey=0", "grey=1"}},
      {"blur", {"blur=0:0", "blur=1:2"}},
      {"invert", {"invert=0", "invert=1"}},
      {"autocontrast", {"autocontrast=0", "autocontrast=1"}},
      {"equalize", {"equalize=0", "equalize=1"}},
      {"posterize", {"posterize=8:1", "posterize=2:1"}},
      {"solarize", {"solarize=256:1", "solarize=100:1"}},
      {"randaugment", {"randaugment=0", "randaugment=3:10"}},
      {"erase", {"erase=0", "erase=1:0.2:0.4"}},
  };
  return all;
}

/// Not over all values, so that stretching them does something.
Image pale() {
  Image image = pattern(18, 20, 3);
  for (std::uint8_t& value : image.pixels) value = std::uint8_t(40 + value / 2);
  return image;
}

TEST(Augment, EveryKindHasANeutralAndAnActiveValue) {
  const Image image = pale();
  for (const AugmentationKind& kind : augmentation_kinds()) {
    if (kind.name == "mixup" || kind.name == "cutmix") continue;  // they act on batches
    if (kind.name == "dflip") continue;                           // acts on volumes
    ASSERT_TRUE(cases().contains(kind.name)) << kind.name;
    const auto& [neutral, active] = cases().at(kind.name);
    EXPECT_EQ(augmented(image, neutral), image) << neutral;
    EXPECT_NE(augmented(image, active), image) << active;
  }
}

TEST(Augment, EveryKindKeepsTheSizeOfAnyPicture) {
  for (const auto& [height, width] :
       {std::pair<std::int64_t, std::int64_t>(1, 1), {1, 9}, {9, 1}, {2, 3}, {33, 17}})
    for (const std::int64_t channels : {1, 3})
      for (const auto& [name, c] : cases()) {
        const Image image = pattern(height, width, channels);
        const Image out = augmented(image, c.active);
        EXPECT_EQ(out.height, height) << name;
        EXPECT_EQ(out.width, width) << name;
        EXPECT_EQ(out.pixels.size(), image.pixels.size()) << name;
      }
}

TEST(Augment, IsAFunctionOfSeedEpochAndIndex) {
  const auto steps = data::resolve(
      parse_augmentations("resized-crop,flip,rotate,jitter,blur,randaugment=3:5,erase=1"));
  const Image image = smooth(30, 40, 1);
  const auto make = [&](std::uint64_t seed, std::int64_t epoch, std::int64_t index) {
    return data::augment(image, steps, {12, 10, 3}, {seed, epoch, index});
  };
  EXPECT_EQ(make(1, 2, 3), make(1, 2, 3));
  EXPECT_NE(make(1, 2, 3), make(2, 2, 3));
  EXPECT_NE(make(1, 2, 3), make(1, 3, 3));
  EXPECT_NE(make(1, 2, 3), make(1, 2, 4));
  EXPECT_EQ(make(1, 2, 3).height, 12);
  EXPECT_EQ(make(1, 2, 3).channels, 3);
}

TEST(Augment, EachStepDrawsFromAStreamOfItsOwn) {
  const Image image = pattern(16, 16, 3);
  // Steps before that draw more or fewer numbers leave the draws of the third as they were.
  const Image expected = augmented(image, "flip=0,flip=0,translate=0.3");
  EXPECT_EQ(augmented(image, "jitter=0:0:0:0,crop=0,translate=0.3"), expected);
  EXPECT_NE(augmented(image, "translate=0.3"), expected);
  // Two equal steps do not make the same draws.
  int both = 0;
  for (std::int64_t i = 0; i < 400; ++i) both += augmented(image, "flip,flip", i) == image;
  EXPECT_TRUE(both > 150 && both < 250) << both;
}

TEST(Augment, ProbabilitiesAreMet) {
  const Image image = pale();
  for (const char* name :
       {"flip", "vflip", "grey", "invert", "autocontrast", "equalize", "erase"}) {
    int changed = 0;
    for (std::int64_t i = 0; i < 1000; ++i)
      changed += augmented(image, std::string(name) + "=0.3", i) != image;
    EXPECT_TRUE(changed > 240 && changed < 360) << name << " " << changed;
  }
}

TEST(Augment, StepsMadeWithoutTextAreCheckedToo) {
  const auto refused = [](const Augmentation& step) {
    return error_of([&] { data::resolve(step); }).code() == ErrorCode::invalid_argument;
  };
  EXPECT_TRUE(refused({"crop", {-1}}));
  EXPECT_TRUE(refused({"crop", {std::numeric_limits<double>::quiet_NaN()}}));
  EXPECT_TRUE(refused({"Flip", {}}));
  EXPECT_TRUE(refused({"flip", {0.5, 0.5}}));
}

}  // namespace
}  // namespace noyau::test
