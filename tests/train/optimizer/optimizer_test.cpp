#include "train/optimizer/optimizer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "noyau/error.hpp"
#include "train/networks.hpp"

namespace noyau::training {
namespace {

constexpr OptimizerKind kKinds[] = {
#define NOYAU_OPTIMIZER(name, ...) OptimizerKind::name,
#include "train/optimizer/optimizers.def"
#undef NOYAU_OPTIMIZER
};
constexpr std::int64_t kCount = 40'003;  // more than two chunks, and no whole vectors

Graph one_parameter() {
  Graph graph;
  graph.add_parameter("fc.weight", Shape{1, kCount}, {});
  return graph;
}

Tensor waves(double step, double height) {
  Tensor tensor(Shape{1, kCount});
  for (std::size_t i = 0; i < std::size_t(kCount); ++i)
    tensor.as<float>()[i] = float(height * std::sin(step * double(i) + 0.1));
  return tensor;
}

/// The weight after three updates.
Tensor train(const OptimizerOptions& options, int threads, UpdateStep step = {}) {
  ThreadPool pool(threads);
  Optimizer optimizer(one_parameter(), options);
  Tensor weight = waves(0.3, 1);
  step.rate = 0.1;
  for (step.step = 0; step.step < 3; ++step.step)
    optimizer.update("fc.weight", weight, waves(0.7 + double(step.step), 0.5).raw(), step, pool);
  return weight;
}

TEST(Optimizer, BitsDoNotDependOnThreads) {
  for (const OptimizerKind kind : kKinds) {
    const OptimizerOptions options = optimizer_defaults(kind).options;
    const Tensor one = train(options, 1, {.weight_decay = 0.01});
    for (const int threads : {2, 3, 4, 7})
      EXPECT_TRUE(same_bits(train(options, threads, {.weight_decay = 0.01}), one))
          << to_string(kind) << ", " << threads << " threads";
  }
}

TEST(Optimizer, ScaleOfTheGradientActsBeforeTheDecay) {
  // Only rules that see the size of the gradient differ.
  const OptimizerOptions options{.momentum = 0};
  ThreadPool pool(1);
  Optimizer optimizer(one_parameter(), options);
  Tensor weight = waves(0.3, 1);
  const float w = weight.as<float>()[5], g = waves(0.7, 0.5).as<float>()[5];
  optimizer.update("fc.weight", weight, waves(0.7, 0.5).raw(),
                   {.rate = 0.1, .weight_decay = 0.5, .gradient_scale = 0.25}, pool);
  EXPECT_NEAR(weight.as<float>()[5], w - 0.1f * (0.25f * g + 0.5f * w), 1e-6);
}

TEST(Optimizer, AnUpdateCanReplaceTheMomentum) {
  for (const OptimizerKind kind : {OptimizerKind::sgd, OptimizerKind::adam}) {
    OptimizerOptions options{.kind = kind};
    const Tensor replaced = train(options, 1, {.momentum = 0.5});
    EXPECT_FALSE(same_bits(replaced, train(options, 1)));
    options.momentum = options.beta1 = 0.5;
    EXPECT_TRUE(same_bits(replaced, train(options, 1)));
  }
}

std::vector<std::string> slots_of(const OptimizerOptions& options) {
  std::vector<std::string> names;
  const Optimizer optimizer(one_parameter(), options);
  for (const auto& [name, tensor] : optimizer.buffers()) names.push_back(name);
  return names;
}

TEST(Optimizer, KeepsOnlyTheAveragesThatItNeeds) {
  using testing::ElementsAre;
  using testing::IsEmpty;
  EXPECT_THAT(slots_of({.momentum = 0}), IsEmpty());
  EXPECT_THAT(slots_of({}), ElementsAre("momentum/fc.weight"));
  EXPECT_THAT(slots_of({.kind = OptimizerKind::adamw}),
              ElementsAre("first_moment/fc.weight", "second_moment/fc.weight"));
  EXPECT_THAT(slots_of({.kind = OptimizerKind::adam, .amsgrad = true}), testing::SizeIs(3));
  EXPECT_THAT(slots_of({.kind = OptimizerKind::rmsprop, .momentum = 0}),
              ElementsAre("mean_square/fc.weight"));
  EXPECT_THAT(slots_of({.kind = OptimizerKind::rmsprop, .centered = true}), testing::SizeIs(3));
}

TEST(Optimizer, NamesRoundTrip) {
  for (const OptimizerKind kind : kKinds) EXPECT_EQ(parse_optimizer(to_string(kind)), kind);
  EXPECT_THROW(parse_optimizer("adm"), Error);
}

TEST(Optimizer, RefusesOptionsOutOfRange) {
  EXPECT_NO_THROW(check(OptimizerOptions{}));
  for (const OptimizerOptions& wrong :
       {OptimizerOptions{.momentum = 1}, OptimizerOptions{.momentum = std::nan("")},
        OptimizerOptions{.momentum = 0, .nesterov = true},
        OptimizerOptions{.dampening = 0.1, .nesterov = true}, OptimizerOptions{.beta1 = 1},
        OptimizerOptions{.beta2 = -0.1}, OptimizerOptions{.eps = 0}, OptimizerOptions{.alpha = 1},
        OptimizerOptions{.rate_decay = -1}, OptimizerOptions{.trust_coefficient = 0}}) {
    EXPECT_THROW(check(wrong), Error);
  }
}

/// LARS and LAMB move each tensor by a share of its own norm.
double moved(OptimizerKind kind, double weight_decay) {
  OptimizerOptions options = optimizer_defaults(kind).options;
  options.momentum = 0;
  ThreadPool pool(1);
  Optimizer optimizer(one_parameter(), options);
  Tensor weight = waves(0.3, 1);
  const Tensor before = weight;
  optimizer.update("fc.weight", weight, waves(0.7, 0.5).raw(),
                   {.rate = 0.1, .weight_decay = weight_decay}, pool);
  double change = 0, size = 0;
  for (std::size_t i = 0; i < std::size_t(kCount); ++i) {
    const double w = double(before.as<float>()[i]);
    change += std::pow(double(weight.as<float>()[i]) - w, 2);
    size += w * w;
  }
  return std::sqrt(change / size);
}

TEST(Optimizer, LarsAndLambMoveByAShareOfTheNorm) {
  EXPECT_NEAR(moved(OptimizerKind::lars, 1e-9), 0.1 * 1e-3, 1e-6);
  EXPECT_NEAR(moved(OptimizerKind::lamb, 1e-9), 0.1, 1e-4);
  // Without decay they do not adapt: the gradient alone, and Adam's unit direction.
  EXPECT_NEAR(moved(OptimizerKind::lars, 0), 0.1 * 0.5, 1e-3);
  EXPECT_NEAR(moved(OptimizerKind::lamb, 0), 0.1 * std::sqrt(2.0), 1e-3);
}

}  // namespace
}  // namespace noyau::training
