// Folds of cross-validation: every sample is tested once, classes stay in proportion.

#include "data/split.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "noyau/error.hpp"

namespace noyau::data {
namespace {

std::vector<Sample> samples_of(std::initializer_list<int> counts) {
  std::vector<Sample> samples;
  std::int32_t label = 0;
  for (const int count : counts) {
    for (int i = 0; i < count; ++i)
      samples.push_back({.path = "", .label = label, .index = std::int64_t(samples.size())});
    ++label;
  }
  return samples;
}

TEST(Folds, TestEverySampleOnceAndKeepTheClassesInProportion) {
  const auto samples = samples_of({50, 23, 7});
  std::set<std::int64_t> tested;
  for (std::int64_t fold = 0; fold < 5; ++fold) {
    const Parts parts = stratified_fold(samples, 0.1, 5, fold, 3);
    EXPECT_EQ(parts.train.size() + parts.val.size() + parts.test.size(), samples.size());
    std::map<std::int32_t, int> counts;
    for (const Sample& sample : parts.test) {
      EXPECT_TRUE(tested.insert(sample.index).second) << sample.index;
      ++counts[sample.label];
    }
    EXPECT_EQ(counts[0], 10);
    EXPECT_NEAR(counts[1], 4.6, 0.7);
    EXPECT_NEAR(counts[2], 1.4, 0.7);
  }
  EXPECT_EQ(tested.size(), samples.size());
}

TEST(Folds, DependOnTheSeedAlone) {
  const auto samples = samples_of({40});
  const auto test = [&](std::uint64_t seed) {
    return stratified_fold(samples, 0, 4, 1, seed).test;
  };
  EXPECT_EQ(test(1), test(1));
  EXPECT_NE(test(1), test(2));
}

TEST(AtMostPerClass, KeepsSoManyOfEachInTheirOrder) {
  const auto samples = samples_of({50, 23, 4});
  const std::vector<Sample> kept = at_most_per_class(samples, 10, 3);
  std::map<std::int32_t, int> counts;
  for (const Sample& sample : kept) ++counts[sample.label];
  EXPECT_EQ(counts, (std::map<std::int32_t, int>{{0, 10}, {1, 10}, {2, 4}}));
  EXPECT_TRUE(std::ranges::is_sorted(kept, {}, &Sample::index));
  EXPECT_EQ(kept, at_most_per_class(samples, 10, 3));
  EXPECT_NE(kept, at_most_per_class(samples, 10, 4));
}

TEST(Folds, RefuseWhatIsNone) {
  const auto samples = samples_of({10});
  EXPECT_THROW(stratified_fold(samples, 0.1, 1, 0, 0), Error);
  EXPECT_THROW(stratified_fold(samples, 0.1, 3, 3, 0), Error);
  EXPECT_THROW(stratified_fold(samples, 0.1, 3, -1, 0), Error);
}

}  // namespace
}  // namespace noyau::data
