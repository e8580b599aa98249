#include "data/sampling.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace noyau::data {
namespace {

// Classes of 40, 7 and 3 samples; a fourth has none.
std::vector<Sample> uneven() {
  std::vector<Sample> samples;
  for (const auto& [label, count] : std::map<std::int32_t, int>{{0, 40}, {1, 7}, {3, 3}})
    for (int i = 0; i < count; ++i) samples.push_back({"", label});
  return samples;
}

std::map<std::int32_t, std::vector<Draw>> by_label(const std::vector<Sample>& samples,
                                                   const std::vector<Draw>& draws) {
  std::map<std::int32_t, std::vector<Draw>> lists;
  for (const Draw& draw : draws) lists[samples[std::size_t(draw.position)].label].push_back(draw);
  return lists;
}

TEST(Sampling, ShuffleBringsEachSampleOnce) {
  const std::vector<Sample> samples = uneven();
  std::set<std::int64_t> seen;
  for (const Draw& draw : order_of_epoch(samples, Sampling::shuffle, 5, 2)) {
    seen.insert(draw.position);
    EXPECT_EQ(draw.round, 0);
  }
  EXPECT_EQ(seen.size(), samples.size());
}

TEST(Sampling, BalancedBringsEachClassEquallyOften) {
  const std::vector<Sample> samples = uneven();
  for (std::int64_t epoch = 0; epoch < 20; ++epoch) {
    const auto draws = order_of_epoch(samples, Sampling::balanced, 5, epoch);
    EXPECT_EQ(draws.size(), samples.size());
    for (const auto& [label, list] : by_label(samples, draws)) {
      EXPECT_GE(list.size(), 16u) << label;
      EXPECT_LE(list.size(), 17u) << label;
    }
  }
}

TEST(Sampling, BalancedDrawsAllOfAClassBeforeItRepeats) {
  const std::vector<Sample> samples = uneven();
  const auto draws = order_of_epoch(samples, Sampling::balanced, 5, 0);
  for (const auto& [label, list] : by_label(samples, draws)) {
    std::map<std::int64_t, std::multiset<std::int64_t>> rounds;
    for (const Draw& draw : list) rounds[draw.round].insert(draw.position);
    const std::size_t size = label == 0 ? 40 : label == 1 ? 7 : 3;
    for (const auto& [round, positions] : rounds) {
      EXPECT_EQ(std::set(positions.begin(), positions.end()).size(), positions.size());
      if (round + 1 < std::ssize(rounds)) {
        EXPECT_EQ(positions.size(), size);
      }
    }
  }
}

TEST(Sampling, IsAPureFunctionOfSeedAndEpoch) {
  const std::vector<Sample> samples = uneven();
  for (const Sampling sampling : {Sampling::shuffle, Sampling::balanced}) {
    const auto order = order_of_epoch(samples, sampling, 5, 3);
    EXPECT_EQ(order_of_epoch(samples, sampling, 5, 3), order);
    EXPECT_NE(order_of_epoch(samples, sampling, 5, 4), order);
    EXPECT_NE(order_of_epoch(samples, sampling, 6, 3), order);
  }
}

}  // namespace
}  // namespace noyau::data
