#include "runtime/weights.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace noyau::runtime {
namespace {

struct Spread {
  double mean = 0, deviation = 0, largest = 0;
};

// Of a weight [64, 32, 3, 3]: fan_in 288, fan_out 576.
Spread spread(Init init) {
  Graph graph;
  graph.add_parameter("w", Shape{64, 32, 3, 3}, init);
  const Weights weights(graph, 5);
  const auto values = weights.at("w").as<float>();
  Spread s;
  for (const float v : values) {
    s.mean += double(v) / double(values.size());
    s.deviation += double(v) * double(v) / double(values.size());
    s.largest = std::max(s.largest, std::fabs(double(v)));
  }
  s.deviation = std::sqrt(s.deviation - s.mean * s.mean);
  return s;
}

void expect_deviation(Init::Kind kind, double deviation) {
  const Spread s = spread({kind, 1.0, 0});
  EXPECT_NEAR(s.deviation, deviation, 0.02 * deviation);
  EXPECT_NEAR(s.mean, 0.0, 0.03 * deviation);
}

TEST(Weights, EachKindOfStartHasItsDeviation) {
  expect_deviation(Init::Kind::normal, 1.0);
  expect_deviation(Init::Kind::uniform, 1 / std::sqrt(3.0));
  expect_deviation(Init::Kind::kaiming_normal, std::sqrt(2.0 / 576));
  expect_deviation(Init::Kind::kaiming_normal_fan_in, std::sqrt(2.0 / 288));
  expect_deviation(Init::Kind::kaiming_uniform, std::sqrt(1.0 / 288 / 3));
  expect_deviation(Init::Kind::xavier_uniform, std::sqrt(2.0 / (288 + 576)));
  EXPECT_EQ(spread({Init::Kind::constant, 0.5, 0}).largest, 0.5);
}

TEST(Weights, UniformStartsStayWithinTheirBound) {
  EXPECT_LE(spread({Init::Kind::xavier_uniform, 1.0, 0}).largest, std::sqrt(6.0 / (288 + 576)));
  EXPECT_LE(spread({Init::Kind::kaiming_uniform, 2.0, 0}).largest, 2 * std::sqrt(1.0 / 288));
}

TEST(Weights, AreTheSameForAnyNumberOfThreads) {
  Graph graph;
  graph.add_parameter("w", Shape{300'000}, {Init::Kind::normal, 1.0, 0});
  const Weights one(graph, 5);
  const auto want = one.at("w").as<float>();
  for (const int threads : {2, 3, 7}) {
    ThreadPool pool(threads);
    const Weights several(graph, 5, pool);
    const auto got = several.at("w").as<float>();
    EXPECT_TRUE(std::equal(want.begin(), want.end(), got.begin())) << threads;
  }
  const Weights other(graph, 6);
  EXPECT_NE(other.at("w").as<float>()[70'000], want[70'000]);
  EXPECT_NE(want[0], want[65'536]);  // chunks draw from streams of their own
}

}  // namespace
}  // namespace noyau::runtime
