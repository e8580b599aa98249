#include <gtest/gtest.h>

#include <set>

#include "data/augment/pattern.hpp"

namespace noyau::test {
namespace {

std::size_t outcomes(const std::string& list, int draws) {
  const Image image = pattern(24, 24, 3);
  std::set<std::string> seen;
  for (std::int64_t i = 0; i < draws; ++i) seen.insert(text(augmented(image, list, i).pixels));
  return seen.size();
}

// One operation at a fixed magnitude has as many outcomes as operations and signs: 9 with a sign,
// posterize, solarize, autocontrast, equalize and none.
TEST(RandAugment, DrawsEveryOperationWithEitherSign) {
  EXPECT_EQ(outcomes("randaugment=1:9", 600), 9u * 2 + 5);
}

TEST(RandAugment, AtMagnitudeZeroOnlyTheHistogramChanges) {
  EXPECT_EQ(outcomes("randaugment=1:0", 300), 3u);
}

TEST(RandAugment, AppliesAsManyOperationsAsAsked) {
  EXPECT_EQ(outcomes("randaugment=0:9", 20), 1u);
  EXPECT_GT(outcomes("randaugment=2:9", 600), 100u);
}

}  // namespace
}  // namespace noyau::test
