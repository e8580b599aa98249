#include "train/trainer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <utility>

#include "networks.hpp"
#include "noyau/error.hpp"

namespace noyau::training {
namespace {

TrainerOptions options(double rate = 0.05) {
  return {.optimizer = {.momentum = 0.9, .nesterov = true},
          .groups = {.weight_decay = 5e-4},
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

TEST(Trainer, GoesOnWithAnotherGraphOfTheSameNetwork) {
  ThreadPool pool(2);
  const auto graph = [](const char* name, std::int64_t size) {
    return zoo::build({.name = name,
                       .in_channels = 1,
                       .image_size = size,
                       .classes = 10,
                       .batch = 6,
                       .training = true});
  };
  const Networks networks("cifar_resnet20", 6);
  const auto run = [&](bool changes) {
    Trainer trainer(networks.training, networks.evaluation, options(), pool);
    for (std::uint64_t step = 0; step < 3; ++step) trainer.step(random_batch(6, step));
    if (changes) {
      trainer.set_graph(graph("cifar_resnet20", 20));
      EXPECT_THROW(trainer.step(random_batch(6, 0)), Error);  // these pictures have 28 pixels
      EXPECT_THROW(trainer.set_graph(graph("vgg_small", 28)), Error);
      trainer.set_graph(networks.training);
    }
    for (std::uint64_t step = 3; step < 6; ++step) trainer.step(random_batch(6, step));
    return trainer.checkpoint();
  };
  EXPECT_THAT(differing(run(true).weights, run(false).weights), testing::IsEmpty());
}

TEST(Trainer, ClippingBoundsTheFirstUpdate) {
  ThreadPool pool(1);
  const Networks networks("lenet5", 4);
  TrainerOptions clipped = options(1.0);
  clipped.optimizer = {.momentum = 0};
  clipped.groups = {};
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

TEST_F(NotFinite, InALaterBatchOfAStepUndoesTheEarlierOnes) {
  TrainerOptions several = options();
  several.accumulate = 2;
  Trainer trainer(networks_.training, networks_.evaluation, several, pool_);
  const Checkpoint before = trainer.checkpoint();
  Batch good = random_batch(4, 1), bad = random_batch(4, 2);
  bad.images.as<float>()[100] = std::numeric_limits<float>::quiet_NaN();
  const Batch* next = &good;
  const auto give = [&]() -> const Batch& { return *std::exchange(next, &bad); };
  EXPECT_THROW(trainer.step(give, 2), Error);
  const Checkpoint after = trainer.checkpoint();
  EXPECT_THAT(differing(before.weights, after.weights), testing::IsEmpty());
  EXPECT_EQ(before.position, after.position);
}

TEST(Trainer, RefusesMoreBatchesThanItAccumulates) {
  ThreadPool pool(1);
  const Networks networks("lenet5", 4);
  Trainer trainer(networks.training, networks.evaluation, options(), pool);
  const Batch batch = random_batch(4, 1);
  for (const std::int64_t batches : {0, 2})
    EXPECT_THROW(trainer.step([&]() -> const Batch& { return batch; }, batches), Error);
  TrainerOptions none = options();
  none.accumulate = 0;
  EXPECT_THROW(Trainer(networks.training, networks.evaluation, none, pool), Error);
}

/// Rows of a batch.
Batch part(const Batch& batch, std::int64_t begin, std::int64_t rows) {
  Batch result = random_batch(rows, 0);
  for (std::int64_t i = 0; i < rows; ++i) {
    result.labels.as<std::int32_t>()[std::size_t(i)] =
        batch.labels.as<std::int32_t>()[std::size_t(begin + i)];
  }
  std::ranges::copy(
      batch.images.as<float>().subspan(std::size_t(begin * 784), std::size_t(rows * 784)),
      result.images.as<float>().begin());
  return result;
}

TEST(Trainer, SeveralBatchesOfAStepAreOneLargeBatch) {
  ThreadPool pool(2);
  const Networks large("lenet5", 12), small("lenet5", 4);
  TrainerOptions several = options();
  several.clip_norm = 0.5;
  Trainer whole(large.training, large.evaluation, several, pool);
  several.accumulate = 3;
  Trainer parts(small.training, small.evaluation, several, pool);
  for (std::uint64_t step = 0; step < 4; ++step) {
    const Batch batch = random_batch(12, step);
    std::int64_t begin = 0;
    Batch piece;
    const auto next = [&]() -> const Batch& {
      piece = part(batch, begin, 4);
      begin += 4;
      return piece;
    };
    const StepReport a = whole.step(batch), b = parts.step(next, 3);
    EXPECT_NEAR(a.loss, b.loss, 1e-5);
    EXPECT_NEAR(a.gradient_norm, b.gradient_norm, 1e-5 * a.gradient_norm);
    EXPECT_EQ(a.totals->samples, b.totals->samples);
  }
  const Checkpoint a = whole.checkpoint(), b = parts.checkpoint();
  EXPECT_EQ(b.position.global_step, 4);
  for (std::size_t t = 0; t < a.weights.size(); ++t) {
    const auto x = a.weights[t].second.as<float>(), y = b.weights[t].second.as<float>();
    for (std::size_t i = 0; i < x.size(); ++i) ASSERT_NEAR(x[i], y[i], 2e-6) << a.weights[t].first;
  }
}

TEST(Trainer, LayerDecaySlowsTheFirstLayers) {
  ThreadPool pool(1);
  const Networks networks("lenet5", 4);
  TrainerOptions slow = options();
  slow.optimizer = {.momentum = 0};
  slow.groups = {.layer_decay = 0.5};
  Trainer trainer(networks.training, networks.evaluation, slow, pool);
  slow.groups = {};
  Trainer plain(networks.training, networks.evaluation, slow, pool);
  const float before = trainer.weights().at("conv1.bias").as<float>()[0];
  for (Trainer* t : {&trainer, &plain}) t->step(random_batch(4, 1));
  const float slowly = trainer.weights().at("conv1.bias").as<float>()[0] - before;
  const float fully = plain.weights().at("conv1.bias").as<float>()[0] - before;
  EXPECT_NEAR(slowly, fully / 16, 1e-5 * std::abs(fully) + 1e-7);  // conv2, fc1, fc2, fc3 follow
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
