// The suggestion from curves whose answer is known, and a test on a small network.

#include "noyau/lr_finder.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "api/cli/program.hpp"
#include "noyau/error.hpp"

namespace noyau {
namespace {

// A loss that is flat, falls in one decade around `fall`, and rises again a decade later.
std::vector<LrPoint> curve(double fall) {
  std::vector<LrPoint> points;
  for (int i = 0; i < 100; ++i) {
    const double rate = 1e-5 * std::pow(1e6, i / 99.0), x = std::log10(rate / fall);
    const double loss = 2.3 - 1 / (1 + std::exp(-6 * x)) + (x > 1 ? (x - 1) : 0);
    points.push_back({rate, loss, loss});
  }
  return points;
}

TEST(SuggestLr, TakesTheSteepestFall) {
  for (const double fall : {1e-3, 1e-2, 1e-1}) {
    const LrResult result = suggest_lr(curve(fall), false);
    EXPECT_GT(result.suggested, fall / 1.5);
    EXPECT_LT(result.suggested, fall * 1.5);
    EXPECT_NE(result.reason.find("falls fastest"), std::string::npos);
  }
}

TEST(SuggestLr, SaysWhenNothingFell) {
  std::vector<LrPoint> flat;
  for (int i = 0; i < 50; ++i) flat.push_back({1e-5 * (i + 1), 2.3, 2.3});
  const LrResult result = suggest_lr(flat, false);
  EXPECT_EQ(result.suggested, 0);
  EXPECT_NE(result.reason.find("never fell"), std::string::npos);
}

TEST(FindLr, SuggestsARateThatLearnsAndStopsWhereTheLossShootsUp) {
  test::Folder folder;
  test::write_squares(folder / "squares", 240, 30);
  TrainOptions options;
  options.data = folder / "squares";
  options.model = "lenet5";
  options.batch = 16;
  options.augment = "none";
  options.threads = 1;
  const Dataset data = open_data(options);
  const LrResult result = find_lr(options, data, {.lowest = 1e-4, .highest = 1000, .steps = 120});
  EXPECT_TRUE(result.diverged);
  EXPECT_LT(result.points.size(), 120u);
  EXPECT_GT(result.suggested, 1e-3);
  EXPECT_LT(result.suggested, 1);
  write_lr(folder / "lr", result, "squares");
  EXPECT_EQ(test::read_text(folder / "lr/lr.csv").substr(0, 17), "rate,loss,smooth\n");

  EXPECT_THROW(find_lr(options, data, {.lowest = 1, .highest = 0.1}), Error);
  EXPECT_THROW(find_lr(options, data, {.steps = 3}), Error);
}

}  // namespace
}  // namespace noyau
