#include "train/schedule/cycle.hpp"

#include <gtest/gtest.h>

namespace noyau::training {
namespace {

Schedule restarts(std::int64_t steps, double growth) {
  return {.kind = Schedule::Kind::cosine_restarts,
          .base = 1,
          .final = 0.2,
          .cycle_steps = steps,
          .cycle_growth = growth,
          .warmup_steps = 2};
}

TEST(CosineRestarts, CyclesOfEqualLengthRepeat) {
  const Schedule s = restarts(4, 1);
  for (std::int64_t step = 2; step < 40; ++step) {
    EXPECT_EQ(cycle_at(s, step).index, (step - 2) / 4);
    EXPECT_DOUBLE_EQ(learning_rate(s, step), learning_rate(s, step + 4));
  }
  EXPECT_DOUBLE_EQ(learning_rate(s, 2), 1);
  EXPECT_DOUBLE_EQ(learning_rate(s, 4), 0.6);
}

TEST(CosineRestarts, CyclesGrow) {
  const Schedule s = restarts(4, 2);  // cycles begin at 2, 6, 14, 30
  for (const std::int64_t begin : {2, 6, 14, 30}) {
    EXPECT_EQ(cycle_at(s, begin).begin, double(begin));
    EXPECT_DOUBLE_EQ(learning_rate(s, begin), 1);
    EXPECT_LT(learning_rate(s, begin + 3), 1);
  }
  EXPECT_EQ(cycle_at(s, 13).index, 1);
  EXPECT_EQ(cycle_at(s, 13).length, 8);
  EXPECT_DOUBLE_EQ(learning_rate(s, 10), 0.6);  // the middle of the second
}

TEST(CosineRestarts, FollowsTheWarmUp) { EXPECT_EQ(learning_rate(restarts(4, 1), 0), 0.5); }

}  // namespace
}  // namespace noyau::training
