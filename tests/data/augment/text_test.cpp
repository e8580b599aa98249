#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/pictures.hpp"
#include "noyau/data.hpp"

namespace noyau::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;

std::string message(const std::string& list) {
  const Error error = error_of([&] { parse_augmentations(list); });
  EXPECT_EQ(error.code(), ErrorCode::invalid_argument) << list;
  return error.what();
}

TEST(AugmentText, ReadsNamesAndArguments) {
  const std::vector<Augmentation> expected = {
      {"crop", {}}, {"flip", {}}, {"rotate", {15}}, {"jitter", {0.4, 0.4, 0.4, 0.1}}};
  EXPECT_EQ(parse_augmentations("crop,flip,rotate=15,jitter=0.4:0.4:0.4:0.1"), expected);
  EXPECT_TRUE(parse_augmentations("none").empty());
}

TEST(AugmentText, PrintsWhatReadsBack) {
  for (const char* text : {"none", "crop,flip", "crop=4,flip=0.25,vflip", "affine=10:0.1:0.9:1.1:5",
                           "flip,flip", "randaugment=2:9,erase=0.25:0.02:0.4", "blur=1e-07:2"})
    EXPECT_EQ(to_string(parse_augmentations(text)), text);
}

TEST(AugmentText, NamesTheBadWordAndTheNearestName) {
  EXPECT_THAT(message("crop,rotat=3"), AllOf(HasSubstr("\"rotat\""), HasSubstr("solarize"),
                                             HasSubstr("did you mean rotate?")));
  EXPECT_THAT(message("crop,none"), HasSubstr("unknown name \"none\""));
  EXPECT_THAT(message("crop,,flip"), HasSubstr("unknown name \"\""));
  EXPECT_THAT(message("crop,"), HasSubstr("unknown name \"\""));
  EXPECT_THAT(message(""), HasSubstr("unknown name \"\""));
  EXPECT_THAT(message(" flip"), HasSubstr("\" flip\""));
}

TEST(AugmentText, NamesTheStepAndTheAllowedRange) {
  EXPECT_THAT(message("crop,rotate=181"),
              HasSubstr("rotate=181: degrees 181; expected a number from 0 to 180"));
  EXPECT_THAT(message("posterize=3.5"), HasSubstr("bits 3.5; expected a whole number from 1 to 8"));
  EXPECT_THAT(message("resized-crop=0.5:0.4"),
              HasSubstr("scale_high 0.4; expected a number from 0.5 to 1"));
  EXPECT_THAT(message("flip=0.5:1"), HasSubstr("flip=0.5:1: 2 arguments; expected at most 1"));
  for (const char* text : {"flip=", "flip=:", "flip=x", "flip=0,5", "flip= 0.5", "flip=nan",
                           "flip=inf", "flip=1e999", "jitter=0.1:", "jitter=0.1::0.1", "flip=-0.1"})
    message(text);
}

TEST(AugmentText, ListsEveryKindWithItsDefaultsInRange) {
  ASSERT_GE(augmentation_kinds().size(), 22u);
  for (const AugmentationKind& kind : augmentation_kinds()) {
    EXPECT_FALSE(kind.help.empty()) << kind.name;
    EXPECT_NO_THROW(parse_augmentations(kind.name));
    for (const AugmentationArgument& argument : kind.arguments) {
      EXPECT_LE(argument.least, argument.most) << kind.name;
      const bool out = argument.value < argument.least || argument.value > argument.most;
      EXPECT_FALSE(out) << kind.name << " " << argument.name;
    }
  }
}

}  // namespace
}  // namespace noyau::test
