#include "api/time_budget.hpp"

#include <gtest/gtest.h>

#include "noyau/error.hpp"

namespace noyau::api {
namespace {

TEST(Duration, ReadsHoursMinutesAndSeconds) {
  EXPECT_EQ(parse_duration(""), 0);
  EXPECT_EQ(parse_duration("90s"), 90);
  EXPECT_EQ(parse_duration("10m"), 600);
  EXPECT_EQ(parse_duration("1h30m"), 5400);
  EXPECT_EQ(parse_duration("1.5h"), 5400);
  for (const char* text : {"10", "m", "10 m", "-5m", "0s", "5d", "nanm", "1e9h", "5m3"})
    EXPECT_THROW(parse_duration(text), Error) << text;
}

TEST(FitTime, FillsTheTimeWithWholeEpochsOfEqualLength) {
  const Speed speed{0.1, 2};  // an epoch of 100 steps takes 12 s
  for (const double seconds : {12.0, 13.0, 60.0, 100.0, 1000.0}) {
    const Fit fit = fit_time(seconds, speed, 100);
    const double taken = double(fit.epochs) * (double(fit.steps) * speed.step_s + speed.epoch_s);
    EXPECT_LE(taken, seconds * 1.001) << seconds;
    EXPECT_GT(taken, seconds * 0.97 - speed.epoch_s) << seconds;
    EXPECT_LE(fit.steps, 100);
  }
  // Two epochs of 45 steps would fit too, and train less.
  EXPECT_EQ(fit_time(13, speed, 100).epochs, 1);
  EXPECT_EQ(fit_time(13, speed, 100).steps, 100);
  EXPECT_EQ(fit_time(12, speed, 100).epochs, 1);
  EXPECT_EQ(fit_time(24, speed, 100).epochs, 2);
}

TEST(FitTime, IsNeverNothing) {
  const Fit fit = fit_time(0.01, {1, 1}, 10);
  EXPECT_EQ(fit.epochs, 1);
  EXPECT_EQ(fit.steps, 1);
}

TEST(FitRest, KeepsTheEpochWhereItRunsAsForeseen) {
  const Rest rest = fit_rest(52, {1, 2}, 50, 120);  // 50 of 100 steps are done
  EXPECT_EQ(rest.steps, 100);
  EXPECT_EQ(rest.after.epochs, 0);
}

TEST(FitRest, CutsSlowEpochsShortAndGoesOnWithFastOnes) {
  EXPECT_EQ(fit_rest(52, {2, 2}, 50, 120).steps, 75);
  EXPECT_EQ(fit_rest(52, {0.8, 2}, 50, 120).steps, 112);
  EXPECT_EQ(fit_rest(52, {0.8, 2}, 50, 110).steps, 110);
  EXPECT_EQ(fit_rest(52, {0.8, 2}, 50, 110).after.epochs, 0);  // 2 s are no epoch
  EXPECT_EQ(fit_rest(-10, {1, 2}, 50, 120).steps, 51);         // too late already
}

TEST(FitRest, FillsWithFurtherEpochsWhatTheLastOneLeaves) {
  const Rest rest = fit_rest(52, {0.5, 2}, 50, 100);  // the epoch ends after 27 of 52 s
  EXPECT_EQ(rest.steps, 100);
  EXPECT_EQ(rest.after.epochs, 1);
  EXPECT_EQ(rest.after.steps, 46);
  EXPECT_EQ(fit_rest(252, {0.5, 2}, 50, 100).after.epochs, 5);
}

/// When a run ends whose epoch e takes `step_s(e)` for a step, fitted as TrainingRun does.
template <class StepSeconds>
double end_of_run(double seconds, std::int64_t full_steps, const StepSeconds& step_s) {
  const double epoch_s = 2;
  double now = 0;
  Fit left = fit_time(seconds, {step_s(0), epoch_s}, full_steps);
  for (int epoch = 0;; ++epoch) {
    const Speed speed{step_s(epoch), epoch_s};
    if (left.epochs == 1) {
      const std::int64_t half = left.steps / 2;
      const double at_half = now + double(half) * speed.step_s;
      const Rest rest = fit_rest(seconds - at_half, speed, half, full_steps);
      left = {1 + rest.after.epochs, rest.steps};
    }
    now += double(left.steps) * speed.step_s + epoch_s;
    if (left.epochs == 1) return now;
    left = fit_time(seconds - now, speed, full_steps);
  }
}

TEST(FitRest, KeepsTheTimeWhereTheLastEpochRunsUnlikeTheOthers) {
  for (const double seconds : {480.0, 510.0, 560.0})
    for (const double speed_up : {0.5, 0.8, 1.25, 2.0}) {
      const int last = int(fit_time(seconds, {1, 2}, 100).epochs) - 1;
      const double end =
          end_of_run(seconds, 100, [&](int epoch) { return epoch < last ? 1.0 : 1 / speed_up; });
      EXPECT_NEAR(end / seconds, 1, 0.02) << seconds << " " << speed_up;
    }
}

}  // namespace
}  // namespace noyau::api
