#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <numeric>
#include <optional>

#include "networks.hpp"
#include "noyau/error.hpp"
#include "train/trainer.hpp"

namespace noyau::training {
namespace {

constexpr std::int64_t kBatch = 8, kEpochs = 2;

/// A run on random pictures that can be cut into pieces anywhere.
class Resume : public testing::Test {
 protected:
  void SetUp() override {
    write_idx(folder_.path(), "train", 80, 1);
    write_idx(folder_.path(), "t10k", 20, 2);
    data_.emplace(Dataset::open(folder_.path(), {.val_fraction = 0}));
  }

  LoaderOptions loader(Split split, const Position& position) const {
    LoaderOptions o;
    o.split = split;
    o.training = split == Split::train;
    o.batch = kBatch;
    o.input = {28, 28, 1};
    if (o.training) o.augment = parse_augmentations("crop=2,flip");
    o.seed = 5;
    o.threads = 2;
    o.first_epoch = position.epoch;
    o.first_step = position.step * options_.accumulate;
    return o;
  }

  /// Trains from the checkpoint (null: from the start) until `stop_at` steps are done in all; saves
  /// to and loads from a file in between, as a run does.
  Checkpoint run(const Checkpoint* from, std::int64_t stop_at, int threads) {
    ThreadPool pool(threads);
    Trainer trainer(networks_.training, networks_.evaluation, options_, pool);
    if (from) {
      save_checkpoint(folder_ / "last.noyau", *from);
      trainer.restore(load_checkpoint(folder_ / "last.noyau"));
    }
    Loader batches(*data_, loader(Split::train, trainer.position()));
    std::atomic<bool> stop = false;
    while (!stop && trainer.position().epoch < kEpochs) {
      const EpochReport epoch = trainer.fit_epoch(
          batches,
          [&](const StepReport& step) {
            losses_.push_back(step.loss);
            stop = trainer.position().global_step == stop_at;
          },
          &stop);
      if (!epoch.stopped) trainer.end_epoch(epoch.totals.mean_loss());
    }
    return trainer.checkpoint();
  }

  /// A run in one piece and one that was stopped give the same bits.
  void expect_same(std::int64_t stop_at, const std::string& what) {
    const Checkpoint whole = run(nullptr, -1, 1), half = run(nullptr, stop_at, 2);
    EXPECT_EQ(half.position.global_step, stop_at) << what;
    const Checkpoint rest = run(&half, -1, 3);
    EXPECT_THAT(differing(whole.weights, rest.weights), testing::IsEmpty()) << what;
    EXPECT_THAT(differing(whole.buffers, rest.buffers), testing::IsEmpty()) << what;
    EXPECT_EQ(whole.position, rest.position) << what;
    EXPECT_EQ(whole.plateau, rest.plateau) << what;
  }

  TrainerOptions options_{.groups = {.weight_decay = 1e-3},
                          .schedule = {.kind = Schedule::Kind::cosine,
                                       .base = 0.02,
                                       .warmup_steps = 3,
                                       .total_steps = kEpochs * 10},
                          .clip_norm = 1.0,
                          .seed = 5};
  TemporaryFolder folder_;
  std::optional<Dataset> data_;
  Networks networks_{"lenet5", kBatch};
  std::vector<double> losses_;
};

TEST_F(Resume, EndsWithTheSameBitsWhereverItWasStopped) {
  const Checkpoint whole = run(nullptr, -1, 1);
  EXPECT_EQ(whole.position.global_step, 20);
  const std::vector<double> expected = std::move(losses_);
  for (const std::int64_t stop_at : {1, 7, 10, 13, 19}) {
    losses_.clear();
    const Checkpoint half = run(nullptr, stop_at, 2);
    EXPECT_EQ(half.position.global_step, stop_at);
    const Checkpoint rest = run(&half, -1, 3);
    EXPECT_THAT(losses_, testing::ElementsAreArray(expected)) << "stopped at " << stop_at;
    EXPECT_THAT(differing(whole.weights, rest.weights), testing::IsEmpty());
    EXPECT_THAT(differing(whole.buffers, rest.buffers), testing::IsEmpty());
    EXPECT_EQ(whole.position, rest.position);
  }
}

TEST_F(Resume, GoesOnWithEveryOptimizer) {
  for (const OptimizerKind kind : {
#define NOYAU_OPTIMIZER(name, ...) OptimizerKind::name,
#include "train/optimizer/optimizers.def"
#undef NOYAU_OPTIMIZER
       }) {
    options_.optimizer = optimizer_defaults(kind).options;
    options_.optimizer.rate_decay = 0.1;
    options_.schedule.base = 0.001;
    expect_same(7, std::string(to_string(kind)));
  }
}

TEST_F(Resume, GoesOnWithTheRateOfAPlateau) {
  // No loss is better than the first, so the rate falls after the second epoch: by what is known of
  // the first.
  options_.schedule = {.kind = Schedule::Kind::plateau,
                       .base = 0.02,
                       .plateau = {.patience = 0, .threshold = 1e9, .absolute = true}};
  expect_same(13, "plateau");
  const Checkpoint half = run(nullptr, 13, 1);
  EXPECT_EQ(half.plateau.scale, 1);
  EXPECT_DOUBLE_EQ(run(&half, -1, 1).plateau.scale, 0.1);
}

TEST_F(Resume, GoesOnWithStepsOfSeveralBatches) {
  options_.accumulate = 3;  // steps of 3, 3, 3 and 1 of the 10 batches
  options_.schedule.total_steps = kEpochs * 4;
  for (const std::int64_t stop_at : {1, 4, 6}) expect_same(stop_at, "accumulate");
  EXPECT_EQ(run(nullptr, -1, 1).position.global_step, kEpochs * 4);
}

TEST_F(Resume, SumsOfAnEpochGoOnToo) {
  ThreadPool pool(1);
  const TrainerOptions options{.schedule = {.base = 0.01}, .seed = 5};
  Trainer whole(networks_.training, networks_.evaluation, options, pool);
  Loader all(*data_, loader(Split::train, {}));
  const Totals expected = whole.fit_epoch(all).totals;
  EXPECT_EQ(expected.samples, 80);

  Trainer half(networks_.training, networks_.evaluation, options, pool);
  Loader first(*data_, loader(Split::train, {}));
  const std::atomic<bool> at_once = true;
  EXPECT_TRUE(half.fit_epoch(first, {}, &at_once).stopped);
  Trainer rest(networks_.training, networks_.evaluation, options, pool);
  rest.restore(half.checkpoint());
  Loader second(*data_, loader(Split::train, rest.position()));
  EXPECT_EQ(rest.fit_epoch(second).totals, expected);
}

TEST_F(Resume, ALoaderThatStandsElsewhereIsRefused) {
  ThreadPool pool(1);
  Trainer trainer(networks_.training, networks_.evaluation, {.seed = 5}, pool);
  Loader ahead(*data_, loader(Split::train, {.epoch = 0, .step = 1}));
  EXPECT_THROW(trainer.fit_epoch(ahead), Error);
}

TEST_F(Resume, EvaluationCountsEachPictureOnce) {
  ThreadPool pool(2);
  Trainer trainer(networks_.training, networks_.evaluation, {.seed = 5}, pool);
  Loader test(*data_, loader(Split::test, {}));
  const Evaluation e = trainer.evaluate(test);
  EXPECT_EQ(e.totals.samples, 20);  // the last batch of 8 holds 4
  ASSERT_EQ(e.probabilities.size(), 200u);
  std::int64_t right = 0;
  for (std::size_t i = 0; i < 20; ++i) {
    EXPECT_EQ(e.indices[i], std::int64_t(i));
    const auto row = std::span(e.probabilities).subspan(i * 10, 10);
    right += std::ranges::max_element(row) - row.begin() == e.labels[i];
    EXPECT_NEAR(std::accumulate(row.begin(), row.end(), 0.0), 1.0, 1e-5);
  }
  EXPECT_EQ(e.totals.top1, right);
  EXPECT_EQ(trainer.evaluate(test).probabilities, e.probabilities);
}

}  // namespace
}  // namespace noyau::training
