#include "explain/plot/axis.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace noyau::explain {
namespace {

TEST(ValueAxis, CoversTheValuesWithFewRoundTicks) {
  std::mt19937 random(5);
  std::uniform_real_distribution<double> mantissa(-1, 1), exponent(-8, 8);
  for (int i = 0; i < 2000; ++i) {
    const double scale = std::pow(10.0, exponent(random));
    const double a = scale * mantissa(random), b = scale * mantissa(random);
    const double low = std::min(a, b), high = std::max(a, b);
    const Axis axis = value_axis(low, high);
    EXPECT_LE(axis.low, low + 1e-6 * axis.step);
    EXPECT_GE(axis.high, high - 1e-6 * axis.step);
    EXPECT_GE(axis.ticks.size(), 2u);
    EXPECT_LE(axis.ticks.size(), 13u);
    const double digit = axis.step / std::pow(10.0, std::floor(std::log10(axis.step * 1.0001)));
    EXPECT_TRUE(std::abs(digit - 1) < 1e-6 || std::abs(digit - 2) < 1e-6 ||
                std::abs(digit - 5) < 1e-6)
        << axis.step;
  }
}

TEST(ValueAxis, BeginsAtZeroWhenZeroIsNear) {
  EXPECT_EQ(value_axis(0.2, 0.9).low, 0);
  EXPECT_GT(value_axis(0.9, 0.95).low, 0.5);
}

TEST(ValueAxis, HasARangeForEqualValues) {
  for (const double value : {0.0, 3.0, -2.0, 1e-12}) {
    const Axis axis = value_axis(value, value);
    EXPECT_LT(axis.low, axis.high) << value;
    EXPECT_LE(axis.low, value);
    EXPECT_GE(axis.high, value);
  }
}

TEST(EpochAxis, HasWholeTicksWithinItsRange) {
  for (const auto& [first, last] : {std::pair(1, 2), {1, 20}, {1, 350}, {17, 19}, {0, 1000}}) {
    const Axis axis = epoch_axis(first, last);
    EXPECT_EQ(axis.low, first);
    EXPECT_EQ(axis.high, last);
    EXPECT_LE(axis.ticks.size(), 13u);
    for (const double tick : axis.ticks) {
      EXPECT_EQ(tick, std::round(tick));
      EXPECT_GE(tick, first);
      EXPECT_LE(tick, last);
    }
  }
  EXPECT_EQ(epoch_axis(1, 1).ticks, std::vector<double>{1});
}

TEST(TickLabel, HasTheDecimalsOfTheStep) {
  EXPECT_EQ(tick_label(0.6, 0.2), "0.6");
  EXPECT_EQ(tick_label(0.25, 0.05), "0.25");
  EXPECT_EQ(tick_label(40, 20), "40");
  EXPECT_EQ(tick_label(1e-20, 0.1), "0");
  EXPECT_EQ(tick_label(2e-6, 1e-6), "2e-06");
  EXPECT_EQ(tick_label(2.5e-6, 5e-7), "2.5e-06");
}

}  // namespace
}  // namespace noyau::explain
