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

}  // namespace
}  // namespace noyau::api
