#include "train/class_weights.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "networks.hpp"
#include "noyau/error.hpp"

namespace noyau::training {
namespace {

TEST(ClassWeights, BalancedIsTheInverseFrequency) {
  const std::vector<std::int64_t> counts = {60, 30, 0, 10};
  const std::vector<float> weights = balanced_class_weights(counts);
  EXPECT_FLOAT_EQ(weights[0], 100.0f / (3 * 60));
  EXPECT_FLOAT_EQ(weights[1], 100.0f / (3 * 30));
  EXPECT_EQ(weights[2], 0);
  EXPECT_FLOAT_EQ(weights[3], 100.0f / (3 * 10));
}

TEST(LabelWeights, BothAnswersWeighTheSame) {
  const std::vector<std::int64_t> counts = {25, 80, 0, 100};
  EXPECT_EQ(balanced_label_weights(counts, 100), (std::vector<float>{3, 0.25f, 1, 1}));
}

TEST(ClassWeights, EffectiveNumberLiesBetweenNoneAndBalanced) {
  const std::vector<std::int64_t> counts = {5000, 0, 50};
  const std::vector<float> weights = effective_class_weights(counts, 0.999);
  const double expected = (1 - std::pow(0.999, 5000)) / (1 - std::pow(0.999, 50));
  EXPECT_NEAR(double(weights[2] / weights[0]), expected, 1e-4 * expected);
  EXPECT_NEAR(std::accumulate(weights.begin(), weights.end(), 0.0), 2, 1e-6);
  EXPECT_EQ(weights[1], 0);
  // Towards beta = 1 it becomes the inverse frequency, towards 0 nothing.
  EXPECT_NEAR(double(effective_class_weights(counts, 1 - 1e-9)[2]), 2 * 100 / 101.0, 1e-4);
  EXPECT_NEAR(double(effective_class_weights(counts, 1e-9)[2]), 1, 1e-6);
}

Graph weighted_lenet() {
  zoo::ModelSpec spec{
      .name = "lenet5", .in_channels = 1, .image_size = 28, .batch = 4, .training = true};
  spec.loss.class_weight = true;
  return zoo::build(spec);
}

TEST(ClassWeights, ReachTheLoss) {
  ThreadPool pool(1);
  const Networks networks("lenet5", 4);
  const Graph weighted = weighted_lenet();
  const auto loss = [&](const std::vector<float>& weights) {
    Trainer trainer(weighted, networks.evaluation, {.seed = 3, .class_weight = weights}, pool);
    Batch batch = random_batch(4, 1);
    std::ranges::copy(std::vector<std::int32_t>{2, 2, 2, 7},
                      batch.labels.as<std::int32_t>().begin());
    return trainer.step(batch).loss;
  };
  std::vector<float> even(10, 1.0f), only(10, 0.0f);
  only[7] = 2;
  Trainer plain(networks.training, networks.evaluation, {.seed = 3}, pool);
  Batch batch = random_batch(4, 1);
  std::ranges::copy(std::vector<std::int32_t>{2, 2, 2, 7}, batch.labels.as<std::int32_t>().begin());
  EXPECT_EQ(loss(even), plain.step(batch).loss);
  EXPECT_NE(loss(only), loss(even));
}

TEST(ClassWeights, OfAnotherNumberThanTheGraphTakesAreRefused) {
  ThreadPool pool(1);
  const Networks networks("lenet5", 4);
  EXPECT_THROW(Trainer(weighted_lenet(), networks.evaluation, {}, pool), Error);
  EXPECT_THROW(Trainer(networks.training, networks.evaluation, {.class_weight = {1, 1}}, pool),
               Error);
}

}  // namespace
}  // namespace noyau::training
