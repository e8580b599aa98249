#include "train/trainer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "networks.hpp"
#include "noyau/error.hpp"

namespace noyau::training {
namespace {

TrainerOptions options(double rate = 0.05) {
  return {.sgd = {.momentum = 0.9, .nesterov = true, .weight_decay = 5e-4},
          .schedule = {.base = rate},
          .seed = 11};
}

TEST(Trainer, LossFallsOnABatchThatRepeats) {
  ThreadPool pool(2);
  for (const char* name : {"lenet5", "vgg_small", "mobilenet_small"}) {
    const Networks networks(name, 8);
    Trainer trainer(networks.training, networks.evaluation, options(0.02), pool);
    const Batch batch = random_batch(8, 1);
    const double first = trainer.step(batch).loss;
    double last = first;
    for (int step = 0; step < 12; ++step) last = trainer.step(batch).loss;
    EXPECT_LT(last, 0.8 * first) << name;
  }
}

TEST(Trainer, BitsDoNotDependOnThreads) {
  const Networks networks("cifar_resnet20", 6);
  const auto run = [&](int threads) {
    ThreadPool pool(threads);
    Trainer trainer(networks.training, networks.evaluation, options(), pool);
    for (std::uint64_t step = 0; step < 20; ++step) trainer.step(random_batch(6, step));
    return trainer.checkpoint();
  };
  const Checkpoint one = run(1);
  for (const int threads : {2, 3, 4, 7}) {
    const Checkpoint other = run(threads);
    EXPECT_THAT(differing(one.weights, other.weights), testing::IsEmpty()) << threads << " threads";
    EXPECT_THAT(differing(one.buffers, other.buffers), testing::IsEmpty()) << threads << " threads";
    EXPECT_EQ(one.position, other.position);
  }
}

TEST(Trainer, ClippingBoundsTheFirstUpdate) {
  ThreadPool pool(1);
  const Networks networks("lenet5", 4);
  TrainerOptions clipped = options(1.0);
  clipped.sgd = {.momentum = 0};
  clipped.clip_norm = 0.01;
  Trainer trainer(networks.training, networks.evaluation, clipped, pool);
  const Checkpoint before = trainer.checkpoint();
  EXPECT_GT(trainer.step(random_batch(4, 3)).gradient_norm, 0.01);
  const Checkpoint after = trainer.checkpoint();
  double moved = 0;
  for (std::size_t t = 0; t < before.weights.size(); ++t) {
    const auto a = before.weights[t].second.as<float>(), b = after.weights[t].second.as<float>();
    for (std::size_t i = 0; i < a.size(); ++i) moved += std::pow(double(a[i]) - double(b[i]), 2);
  }
  EXPECT_NEAR(std::sqrt(moved), 0.01, 1e-4);
}

/// A step that fails leaves everything as it was, names its layer, and training can go on.
class NotFinite : public testing::Test {
 protected:
  std::string failure(const Batch& batch) {
    try {
      trainer_.step(batch);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::numeric);
      return error.what();
    }
    return "no error";
  }
  ThreadPool pool_{2};
  Networks networks_{"cifar_resnet20", 4};
  Trainer trainer_{networks_.training, networks_.evaluation, options(), pool_};
};

TEST_F(NotFinite, OverflowNamesTheFirstLayerAndIsNotApplied) {
  trainer_.step(random_batch(4, 1));
  // Finite weights whose products are not.
  for (float& w : trainer_.weights().at("layer2.0.conv1.weight").as<float>()) w = 3e38f;
  const Checkpoint before = trainer_.checkpoint();
  const std::string message = failure(random_batch(4, 2));
  EXPECT_THAT(message, testing::HasSubstr("layer2.0.conv1"));
  EXPECT_THAT(message, testing::HasSubstr("epoch 1 step 2"));
  const Checkpoint after = trainer_.checkpoint();
  EXPECT_THAT(differing(before.weights, after.weights), testing::IsEmpty());
  EXPECT_THAT(differing(before.buffers, after.buffers), testing::IsEmpty());
  EXPECT_EQ(before.position, after.position);
}

TEST_F(NotFinite, BadInputIsNamedAndTrainingGoesOn) {
  Batch bad = random_batch(4, 1);
  bad.images.as<float>()[100] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THAT(failure(bad), testing::HasSubstr("the input x"));
  EXPECT_TRUE(std::isfinite(trainer_.step(random_batch(4, 1)).loss));
}

TEST_F(NotFinite, BadWeightIsNamed) {
  trainer_.weights().at("layer1.0.bn1.bias").as<float>()[0] = INFINITY;
  EXPECT_THAT(failure(random_batch(4, 1)), testing::HasSubstr("the weight layer1.0.bn1.bias"));
}

TEST(Trainer, RefusesBatchesAndCheckpointsOfAnotherShape) {
  ThreadPool pool(1);
  const Networks networks("lenet5", 4), other("vgg_small", 4);
  Trainer trainer(networks.training, networks.evaluation, options(), pool);
  EXPECT_THROW(trainer.step(random_batch(5, 1)), Error);
  const Checkpoint own = trainer.checkpoint();
  EXPECT_THROW(
      trainer.restore(Trainer(other.training, other.evaluation, options(), pool).checkpoint()),
      Error);
  Checkpoint reseeded = trainer.checkpoint();
  reseeded.seed = 12;
  EXPECT_THROW(trainer.restore(reseeded), Error);
  Checkpoint extra = trainer.checkpoint();
  extra.weights.emplace_back("more.weight", Tensor(Shape{1}));
  EXPECT_THROW(trainer.restore(extra), Error);
  EXPECT_THAT(differing(own.weights, trainer.checkpoint().weights), testing::IsEmpty());
}

}  // namespace
}  // namespace noyau::training
