// Averages of weights against the formula, and the exchange that evaluates them.

#include "train/ema.hpp"

#include <gtest/gtest.h>

#include "noyau/error.hpp"

namespace noyau::training {
namespace {

runtime::Weights weights_of(float a, std::int64_t elements = 2) {
  runtime::Weights weights;
  Tensor tensor{Shape{elements}};
  for (float& x : tensor.as<float>()) x = a;
  weights.set("w", tensor);
  return weights;
}

TEST(Ema, FollowsTheFormulaWithItsWarmUp) {
  ThreadPool pool(2);
  Ema ema(weights_of(1), 0.9);
  double expected = 1;
  for (int step = 0; step < 200; ++step) {
    const double weight = 0.01 * step;
    ema.update(weights_of(float(weight)), step, pool);
    const double decay = std::min(0.9, (1.0 + step) / (10.0 + step));
    expected = decay * expected + (1 - decay) * weight;
    ASSERT_NEAR(ema.averages().at("w").as<float>()[1], expected, 1e-5) << step;
  }
}

TEST(Ema, IsTheSameForAnyNumberOfThreads) {
  constexpr std::int64_t kElements = 200'001;  // several tasks and an odd end
  ThreadPool one(1), three(3);
  Ema a(weights_of(1, kElements), 0.99), b(weights_of(1, kElements), 0.99);
  const runtime::Weights next = weights_of(0.37f, kElements);
  a.update(next, 5000, one);
  b.update(next, 5000, three);
  const auto x = a.averages().at("w").as<float>(), y = b.averages().at("w").as<float>();
  EXPECT_TRUE(std::ranges::equal(x, y));
  EXPECT_FLOAT_EQ(x[kElements - 1], 1 - 0.01f * 0.63f);
}

TEST(Ema, TheScopeExchangesAndGivesBack) {
  runtime::Weights weights = weights_of(5);
  Ema ema(weights_of(7), 0.5);
  {
    const EmaScope scope(&ema, weights);
    EXPECT_EQ(weights.at("w").as<float>()[0], 7);
  }
  EXPECT_EQ(weights.at("w").as<float>()[0], 5);
  EXPECT_EQ(ema.averages().at("w").as<float>()[0], 7);
}

TEST(Ema, RefusesDecaysThatAverageNothing) {
  for (const double decay : {0.0, 1.0, -0.1, 1.5}) EXPECT_THROW(Ema(weights_of(1), decay), Error);
}

}  // namespace
}  // namespace noyau::training
