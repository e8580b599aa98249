// The index finds what comparing all with all finds, each pair once.

#include "data/check/near_pairs.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <set>

#include "base/random.hpp"

namespace noyau::data {
namespace {

using Pairs = std::multiset<std::pair<std::size_t, std::size_t>>;

/// Clusters of hashes that differ in up to 20 bits, and equal ones.
std::vector<std::uint64_t> clustered(std::size_t count) {
  Random random(7);
  std::vector<std::uint64_t> hashes;
  std::uint64_t centre = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (i % 20 == 0) centre = random.next();
    std::uint64_t hash = centre;
    for (std::uint64_t flips = random.below(11); flips > 0; --flips)
      hash ^= std::uint64_t(1) << random.below(64);
    hashes.push_back(hash);
  }
  return hashes;
}

TEST(NearPairs, AreThoseOfComparingAllWithAll) {
  const auto hashes = clustered(500);
  const auto queries = std::span(hashes).subspan(100, 300);
  for (const int radius : {0, 1, 3, 4, 8, 15}) {
    Pairs expected, got;
    for (std::size_t i = 0; i < queries.size(); ++i)
      for (std::size_t j = 0; j < hashes.size(); ++j)
        if (std::popcount(queries[i] ^ hashes[j]) <= radius) expected.emplace(i, j);
    for_near_pairs(queries, hashes, radius,
                   [&](std::size_t i, std::size_t j) { got.emplace(i, j); });
    EXPECT_EQ(got, expected) << radius;
    EXPECT_GT(expected.size(), queries.size()) << radius;
  }
}

TEST(NearPairs, OfNothingAreNone) {
  for_near_pairs({}, {}, 8, [](std::size_t, std::size_t) { FAIL(); });
  for_near_pairs(clustered(20), {}, 8, [](std::size_t, std::size_t) { FAIL(); });
}

}  // namespace
}  // namespace noyau::data
