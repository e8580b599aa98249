#include "train/sgd.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "noyau/error.hpp"
#include "train/gradient_norm.hpp"

namespace noyau::training {
namespace {

Graph two_parameters() {
  Graph graph;
  graph.add_parameter("fc.weight", Shape{1, 3}, {});
  graph.add_parameter("fc.bias", Shape{3}, {});
  return graph;
}

Tensor ones(Shape shape) {
  Tensor tensor(shape);
  std::ranges::fill(tensor.as<float>(), 1.0f);
  return tensor;
}

TEST(Sgd, FollowsPyTorchWithMomentumAndDecay) {
  ThreadPool pool(1);
  for (const bool nesterov : {false, true}) {
    Sgd sgd(two_parameters(), {.momentum = 0.9, .nesterov = nesterov, .weight_decay = 0.01});
    Tensor weight = ones({1, 3});
    double w = 1, v = 0;
    for (int step = 0; step < 5; ++step) {
      const std::vector<float> gradient(3, 0.5f + float(step));
      sgd.update("fc.weight", weight, gradient.data(), 0.1, pool);
      const double g = 0.5 + step + 0.01 * w;
      v = step == 0 ? g : 0.9 * v + g;
      w -= 0.1 * (nesterov ? g + 0.9 * v : v);
      for (const float got : weight.as<float>()) EXPECT_NEAR(got, w, 1e-6);
    }
  }
}

TEST(Sgd, DecaysNormsAndBiasesOnlyWhenAsked) {
  ThreadPool pool(1);
  const std::vector<float> zero(3);
  for (const bool decays : {false, true}) {
    Sgd sgd(two_parameters(),
            {.momentum = 0, .weight_decay = 0.5, .decay_norms_and_biases = decays});
    EXPECT_TRUE(sgd.buffers().empty());
    Tensor weight = ones({1, 3}), bias = ones({3});
    sgd.update("fc.weight", weight, zero.data(), 1.0, pool);
    sgd.update("fc.bias", bias, zero.data(), 1.0, pool);
    EXPECT_FLOAT_EQ(weight.as<float>()[0], 0.5f);
    EXPECT_FLOAT_EQ(bias.as<float>()[0], decays ? 0.5f : 1.0f);
  }
}

TEST(Sgd, RefusesOptionsOutOfRange) {
  EXPECT_THROW(check(SgdOptions{.momentum = 1}), Error);
  EXPECT_THROW(check(SgdOptions{.momentum = std::nan("")}), Error);
  EXPECT_THROW(check(SgdOptions{.weight_decay = -1}), Error);
  EXPECT_THROW(check(SgdOptions{.momentum = 0, .nesterov = true}), Error);
}

TEST(GradientNorm, IsTheSameForAnyNumberOfThreads) {
  std::vector<float> a(100'003), b(5);
  for (std::size_t i = 0; i < a.size(); ++i) a[i] = float(std::sin(double(i)));
  b[4] = 3e30f;
  const auto norm = [&](int threads) {
    ThreadPool pool(threads);
    return GradientNorm({a, b}).compute(pool);
  };
  const double one = norm(1);
  EXPECT_NEAR(one / 3e30, 1.0, 1e-6);
  for (const int threads : {2, 3, 4, 7}) EXPECT_EQ(norm(threads), one);
  b[0] = INFINITY;
  EXPECT_FALSE(std::isfinite(norm(2)));
}

}  // namespace
}  // namespace noyau::training
