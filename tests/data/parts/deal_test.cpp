// Dealing out: everything once, groups whole, shares kept, classes kept in training.

#include "data/parts/deal.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>

#include "base/random.hpp"

namespace noyau::data {
namespace {

Hand singles(const std::vector<int>& class_sizes) {
  Hand hand;
  for (std::size_t c = 0; c < class_sizes.size(); ++c)
    for (int i = 0; i < class_sizes[c]; ++i) {
      hand.group.push_back(hand.group.size());
      hand.keys.push_back({std::int32_t(c)});
    }
  return hand;
}

using Counts = std::map<std::int32_t, std::array<int, 3>>;

Counts counts_of(const Hand& hand, const std::vector<Split>& parts) {
  Counts counts;
  for (std::size_t i = 0; i < parts.size(); ++i)
    for (const std::int32_t key : hand.keys[i]) ++counts[key][std::size_t(parts[i])];
  return counts;
}

double share(const std::vector<Split>& parts, Split part) {
  return double(std::ranges::count(parts, part)) / double(parts.size());
}

TEST(Deal, KeepsTheSharesOfEveryClass) {
  const Hand hand = singles({1000, 237, 40, 10, 7});
  const auto parts = deal(hand, 0.15, 0.15, 0);
  EXPECT_NEAR(share(parts, Split::val), 0.15, 0.002);
  EXPECT_NEAR(share(parts, Split::test), 0.15, 0.002);
  for (const auto& [key, counts] : counts_of(hand, parts)) {
    const int all = counts[0] + counts[1] + counts[2];
    EXPECT_NEAR(counts[1], 0.15 * all, 1.01) << key;
    EXPECT_NEAR(counts[2], 0.15 * all, 1.01) << key;
  }
}

TEST(Deal, ManySmallClassesDoNotAddUpToAnotherShare) {
  const Hand hand = singles(std::vector<int>(200, 10));
  const auto parts = deal(hand, 0.15, 0.15, 0);
  EXPECT_NEAR(share(parts, Split::val), 0.15, 0.005);
  EXPECT_NEAR(share(parts, Split::test), 0.15, 0.005);
}

TEST(Deal, ThreeOfAClassAreEnoughForEveryPartAndOneIsForTraining) {
  const Hand hand = singles({3, 1, 2, 50});
  const auto counts = counts_of(hand, deal(hand, 0.15, 0.15, 4));
  EXPECT_EQ(counts.at(0), (std::array{1, 1, 1}));
  EXPECT_EQ(counts.at(1), (std::array{1, 0, 0}));
  EXPECT_GE(counts.at(2)[0], 1);
}

TEST(Deal, NothingGoesToAPartThatIsNotWanted) {
  const Hand hand = singles({3, 20});
  EXPECT_EQ(share(deal(hand, 0, 0.2, 0), Split::val), 0);
  EXPECT_EQ(share(deal(hand, 0.2, 0, 0), Split::test), 0);
  EXPECT_EQ(share(deal(hand, 0, 0, 0), Split::train), 1);
}

TEST(Deal, DependsOnTheSeedAlone) {
  const Hand hand = singles({60, 40});
  EXPECT_EQ(deal(hand, 0.2, 0.2, 5), deal(hand, 0.2, 0.2, 5));
  EXPECT_NE(deal(hand, 0.2, 0.2, 5), deal(hand, 0.2, 0.2, 6));
}

// Random groups of several classes, with many seeds: what must hold always.
TEST(Deal, NeverCutsAGroupAndKeepsTheSharesAboutRight) {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    Random random(seed, 9);
    Hand hand;
    const int classes = 1 + int(random.below(6));
    std::size_t group = 0, largest = 0;
    while (hand.group.size() < 400) {
      const std::size_t size = 1 + std::size_t(random.below(seed % 3 == 0 ? 2 : 30));
      const auto label = std::int32_t(random.below(std::uint64_t(classes)));
      largest = std::max(largest, size);
      for (std::size_t i = 0; i < size; ++i) {
        hand.group.push_back(group);
        hand.keys.push_back(
            {random.below(10) == 0 ? std::int32_t(random.below(std::uint64_t(classes))) : label});
      }
      ++group;
    }
    const auto parts = deal(hand, 0.2, 0.1, seed);
    ASSERT_EQ(parts.size(), hand.group.size());
    std::map<std::size_t, Split> first;
    for (std::size_t i = 0; i < parts.size(); ++i)
      EXPECT_EQ(first.emplace(hand.group[i], parts[i]).first->second, parts[i]) << seed;
    const double tolerance = double(largest) / double(parts.size()) + 0.02;
    EXPECT_NEAR(share(parts, Split::val), 0.2, tolerance) << seed;
    EXPECT_NEAR(share(parts, Split::test), 0.1, tolerance) << seed;
    for (const auto& [key, counts] : counts_of(hand, parts)) EXPECT_GT(counts[0], 0) << seed;
  }
}

TEST(Deal, AGroupTooLargeForASmallPartIsForTraining) {
  Hand hand = singles({300, 300});
  for (std::size_t i = 0; i < 240; ++i) hand.group[i] = 0;
  for (std::size_t i = 300; i < 500; ++i) hand.group[i] = 300;
  const auto parts = deal(hand, 0.1, 0.1, 0);
  EXPECT_EQ(parts[0], Split::train);
  EXPECT_EQ(parts[300], Split::train);
  EXPECT_NEAR(share(parts, Split::val), 0.1, 0.01);
  EXPECT_NEAR(share(parts, Split::test), 0.1, 0.01);
}

}  // namespace
}  // namespace noyau::data
