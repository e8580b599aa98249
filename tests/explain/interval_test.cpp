#include "explain/interval.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace noyau::explain {
namespace {

TEST(MeanInterval, MatchesAHandComputedExample) {
  // Mean 3, deviation sqrt(2.5); t with four degrees of freedom is 2.776.
  const Interval i = mean_interval(std::vector{1.0, 2.0, 3.0, 4.0, 5.0});
  EXPECT_DOUBLE_EQ(i.mean, 3);
  EXPECT_NEAR(i.deviation, 1.5811388, 1e-6);
  EXPECT_NEAR(i.high - i.mean, 2.776 * 1.5811388 / std::sqrt(5.0), 1e-6);
  EXPECT_DOUBLE_EQ(i.mean - i.low, i.high - i.mean);
}

TEST(MeanInterval, OneValueHasNone) {
  const Interval i = mean_interval(std::vector{0.7});
  EXPECT_EQ(i.low, 0.7);
  EXPECT_EQ(i.high, 0.7);
  EXPECT_TRUE(std::isnan(mean_interval({}).mean));
}

TEST(MeanInterval, ManyValuesApproachTheNormalDistribution) {
  std::vector<double> values;
  for (int i = 0; i < 200; ++i) values.push_back(i % 2);
  const Interval i = mean_interval(values);
  EXPECT_NEAR(i.high - i.mean, 2 * i.deviation / std::sqrt(200.0), 1e-9);
}

TEST(ShareInterval, MatchesAHandComputedExample) {
  // z = 1.96: the middle is (0.9 + 0.019208) / 1.038416, the half width 0.058921.
  const Interval i = share_interval(90, 100);
  EXPECT_DOUBLE_EQ(i.mean, 0.9);
  EXPECT_NEAR(i.low, 0.825634, 1e-5);
  EXPECT_NEAR(i.high, 0.944771, 1e-5);
}

TEST(ShareInterval, StaysBetween0And1) {
  const Interval none = share_interval(0, 5), all = share_interval(5, 5);
  EXPECT_NEAR(none.low, 0, 1e-12);
  EXPECT_NEAR(none.high, 0.434481, 1e-5);
  EXPECT_NEAR(all.high, 1, 1e-12);
  EXPECT_NEAR(all.low, 1 - none.high, 1e-12);
  EXPECT_TRUE(std::isnan(share_interval(0, 0).low));
}

}  // namespace
}  // namespace noyau::explain
