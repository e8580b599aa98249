#include "train/schedule.hpp"

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

TEST(Schedule, NamesRoundTrip) {
  for (const char* name : {"constant", "step", "cosine"}) {
    EXPECT_EQ(to_string(parse_schedule(name)), name);
  }
  EXPECT_THROW(parse_schedule("cosin"), Error);
}

TEST(Schedule, RefusesFieldsOutOfRange) {
  EXPECT_NO_THROW(check({}));
  EXPECT_THROW(check({.base = std::nan("")}), Error);
  EXPECT_THROW(check({.base = -1}), Error);
  EXPECT_THROW(check({.kind = Schedule::Kind::step}), Error);
  EXPECT_THROW(check({.kind = Schedule::Kind::step, .gamma = 2, .step_size = 1}), Error);
  EXPECT_THROW(check({.kind = Schedule::Kind::cosine}), Error);
  EXPECT_THROW(check({.warmup_steps = -1}), Error);
}

}  // namespace
}  // namespace noyau::training
