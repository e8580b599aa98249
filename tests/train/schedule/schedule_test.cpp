#include "train/schedule/schedule.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "noyau/error.hpp"

namespace noyau::training {
namespace {

TEST(Schedule, ConstantStaysAtItsBase) {
  const Schedule s{.base = 0.3};
  EXPECT_EQ(learning_rate(s, 0), 0.3);
  EXPECT_EQ(learning_rate(s, 1'000'000), 0.3);
}

TEST(Schedule, StepDropsAfterEveryStepSize) {
  const Schedule s{.kind = Schedule::Kind::step, .base = 1, .gamma = 0.1, .step_size = 30};
  EXPECT_EQ(learning_rate(s, 29), 1);
  EXPECT_DOUBLE_EQ(learning_rate(s, 30), 0.1);
  EXPECT_DOUBLE_EQ(learning_rate(s, 89), 0.01);
}

TEST(Schedule, CosineFallsFromBaseToFinal) {
  const Schedule s{.kind = Schedule::Kind::cosine, .base = 0.2, .final = 0.1, .total_steps = 100};
  EXPECT_DOUBLE_EQ(learning_rate(s, 0), 0.2);
  EXPECT_DOUBLE_EQ(learning_rate(s, 50), 0.15);
  EXPECT_DOUBLE_EQ(learning_rate(s, 25), 0.1 + 0.05 * (1 + std::sqrt(0.5)));
  EXPECT_DOUBLE_EQ(learning_rate(s, 100), 0.1);
  EXPECT_DOUBLE_EQ(learning_rate(s, 500), 0.1);
}

TEST(Schedule, WarmUpRisesLinearlyToTheBase) {
  const Schedule s{.kind = Schedule::Kind::cosine, .base = 1, .warmup_steps = 4, .total_steps = 14};
  EXPECT_DOUBLE_EQ(learning_rate(s, 0), 0.25);
  EXPECT_DOUBLE_EQ(learning_rate(s, 3), 1.0);
  EXPECT_DOUBLE_EQ(learning_rate(s, 4), 1.0);
  EXPECT_DOUBLE_EQ(learning_rate(s, 9), 0.5);
}

TEST(Schedule, WarmUpCanStartAtAShareOfTheBase) {
  const Schedule s{.base = 2, .warmup_steps = 4, .warmup_start = 0.5};
  EXPECT_DOUBLE_EQ(learning_rate(s, 0), 1.0);
  EXPECT_DOUBLE_EQ(learning_rate(s, 2), 1.5);
  EXPECT_DOUBLE_EQ(learning_rate(s, 4), 2.0);
}

TEST(Schedule, MilestonesCountFromTheStartOfTheRun) {
  const Schedule s{.kind = Schedule::Kind::multistep,
                   .base = 1,
                   .gamma = 0.5,
                   .milestones = {10, 20},
                   .warmup_steps = 4};
  EXPECT_EQ(learning_rate(s, 9), 1);
  EXPECT_EQ(learning_rate(s, 10), 0.5);
  EXPECT_EQ(learning_rate(s, 20), 0.25);
}

TEST(Schedule, ExponentialPassesThroughTheCornersOfStep) {
  Schedule s{.kind = Schedule::Kind::exponential, .base = 1, .gamma = 0.25, .step_size = 10};
  EXPECT_DOUBLE_EQ(learning_rate(s, 10), 0.25);
  EXPECT_DOUBLE_EQ(learning_rate(s, 5), 0.5);
  s.kind = Schedule::Kind::step;
  EXPECT_DOUBLE_EQ(learning_rate(s, 10), 0.25);
}

TEST(Schedule, NamesRoundTrip) {
  for (const char* name : {"constant", "step", "multistep", "exponential", "polynomial", "cosine",
                           "cosine_restarts", "one_cycle", "plateau"}) {
    EXPECT_EQ(to_string(parse_schedule(name)), name);
  }
  EXPECT_THROW(parse_schedule("cosin"), Error);
}

TEST(Schedule, OnlyOneCycleMovesTheMomentum) {
  EXPECT_EQ(momentum_at({}, 3), std::nullopt);
  EXPECT_EQ(momentum_at({.kind = Schedule::Kind::one_cycle, .total_steps = 10}, 9), 0.95);
}

TEST(Schedule, OneCycleStandsRunsOfAFewSteps) {
  for (const std::int64_t total : {1, 2, 3, 5}) {
    for (const bool three : {false, true}) {
      const Schedule s{.kind = Schedule::Kind::one_cycle,
                       .base = 1,
                       .one_cycle = {.three_phase = three},
                       .total_steps = total};
      for (std::int64_t step = 0; step < total + 2; ++step) {
        EXPECT_TRUE(std::isfinite(learning_rate(s, step))) << total << " " << step;
        EXPECT_LE(learning_rate(s, step), 1);
      }
    }
  }
}

void expect_refused(const Schedule& s) { EXPECT_THROW(check(s), Error); }

TEST(Schedule, RefusesFieldsOutOfRange) {
  using Kind = Schedule::Kind;
  EXPECT_NO_THROW(check({}));
  expect_refused({.base = std::nan("")});
  expect_refused({.base = -1});
  expect_refused({.kind = Kind::step});
  expect_refused({.kind = Kind::step, .gamma = 2, .step_size = 1});
  expect_refused({.kind = Kind::exponential});
  expect_refused({.kind = Kind::multistep});
  expect_refused({.kind = Kind::multistep, .milestones = {3, 2}});
  expect_refused({.kind = Kind::cosine});
  expect_refused({.kind = Kind::polynomial, .power = 0, .total_steps = 1});
  expect_refused({.kind = Kind::cosine_restarts});
  expect_refused({.kind = Kind::cosine_restarts, .cycle_steps = 1, .cycle_growth = 0.5});
  expect_refused({.kind = Kind::one_cycle, .warmup_steps = 1, .total_steps = 9});
  expect_refused({.kind = Kind::one_cycle, .one_cycle = {.rise = 0}, .total_steps = 9});
  expect_refused({.kind = Kind::plateau, .plateau = {.patience = -1}});
  expect_refused({.warmup_steps = -1});
  expect_refused({.warmup_start = 2});
}

}  // namespace
}  // namespace noyau::training
