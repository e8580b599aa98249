#include "train/metrics.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

namespace noyau::training {
namespace {

TEST(Metrics, ScoreRowGivesLossRankAndProbabilities) {
  const std::array<float, 3> logits{1.0f, 3.0f, 2.0f};
  std::array<float, 3> probabilities{};
  const RowScore score = score_row(logits, 2, probabilities);
  const double sum = std::exp(1.0) + std::exp(3.0) + std::exp(2.0);
  EXPECT_NEAR(score.loss, std::log(sum) - 2.0, 1e-12);
  EXPECT_EQ(score.rank, 1);
  EXPECT_FLOAT_EQ(probabilities[0], float(std::exp(1.0) / sum));
}

TEST(Metrics, LargeLogitsDoNotOverflow) {
  const std::array<float, 2> logits{1000.0f, -1000.0f};
  EXPECT_DOUBLE_EQ(score_row(logits, 0).loss, 0.0);
  EXPECT_DOUBLE_EQ(score_row(logits, 1).loss, 2000.0);
}

TEST(Metrics, EqualLogitsGoToTheFirstClass) {
  const std::array<float, 4> logits{};
  EXPECT_EQ(score_row(logits, 0).rank, 0);
  EXPECT_EQ(score_row(logits, 3).rank, 3);
}

TEST(Metrics, LabelsCostTheMeanOfTheirCrossEntropies) {
  const std::array<float, 3> logits{0, 2, -200}, targets{1, 0.25f, 1};
  const double p = 1 / (1 + std::exp(-2.0));
  const double expected = -(std::log(0.5) + 0.25 * std::log(p) + 0.75 * std::log(1 - p) - 200) / 3;
  EXPECT_NEAR(label_loss(logits, targets), expected, 1e-12);
}

TEST(Metrics, ValuesCostTheMeanOfTheirSquaredErrors) {
  const std::array<float, 2> outputs{1, 5}, targets{3, 4};
  EXPECT_DOUBLE_EQ(value_loss(outputs, targets), 2.5);
}

TEST(Metrics, NotANumberIsNeverRight) {
  const std::array<float, 7> logits{0, 1, std::nanf(""), 0, 0, 0, 0};
  Totals totals;
  add(totals, score_row(logits, 1));
  EXPECT_EQ(totals.top1, 0);
  EXPECT_EQ(totals.top5, 0);
  EXPECT_TRUE(std::isnan(totals.mean_loss()));
}

TEST(Metrics, TotalsCountTopOneAndTopFive) {
  // Labels at rank 0, 4 and 5 of seven classes.
  const std::array<float, 21> logits{9, 8, 7, 6, 5, 4, 3, 9, 8, 7, 6, 5, 4, 3, 9, 8, 7, 6, 5, 4, 3};
  const std::array<std::int32_t, 3> labels{0, 4, 5};
  Totals totals;
  add_ranks(totals, logits, labels, 0.5);
  EXPECT_EQ(totals, (Totals{.loss = 1.5, .top1 = 1, .top5 = 2, .samples = 3}));
  EXPECT_DOUBLE_EQ(totals.top5_accuracy(), 2.0 / 3.0);
  EXPECT_EQ(Totals{}.top1_accuracy(), 0.0);
}

}  // namespace
}  // namespace noyau::training
