#include <gtest/gtest.h>

#include <cmath>

#include "noyau/error.hpp"
#include "noyau/metrics.hpp"

namespace noyau {
namespace {

ErrorCode code_of(auto&& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.code();
  }
  ADD_FAILURE() << "no error";
  return ErrorCode::internal;
}

TEST(ConfusionMatrix, CountsTruthInRowsAndPredictionInColumns) {
  const std::vector<int32_t> labels = {0, 0, 1, 2, 2, 2}, predictions = {0, 1, 1, 0, 2, 2};
  const ConfusionMatrix matrix = confusion_matrix(labels, predictions, 3);
  EXPECT_EQ(matrix.counts, (std::vector<int64_t>{1, 1, 0, 0, 1, 0, 1, 0, 2}));
  EXPECT_EQ(matrix.total(), 6);
  EXPECT_DOUBLE_EQ(matrix.accuracy(), 4.0 / 6);
}

TEST(ConfusionMatrix, RefusesWhatDoesNotFit) {
  const std::vector<int32_t> two = {0, 1}, one = {0}, outside = {0, 2}, negative = {-1, 0};
  EXPECT_EQ(code_of([&] { confusion_matrix(two, one, 2); }), ErrorCode::shape_mismatch);
  EXPECT_EQ(code_of([&] { confusion_matrix(outside, two, 2); }), ErrorCode::invalid_argument);
  EXPECT_EQ(code_of([&] { confusion_matrix(two, negative, 2); }), ErrorCode::invalid_argument);
  EXPECT_EQ(code_of([&] { confusion_matrix({}, {}, 0); }), ErrorCode::invalid_argument);
}

TEST(ConfusionMatrix, HasNoAccuracyWithoutExamples) {
  EXPECT_TRUE(std::isnan(confusion_matrix({}, {}, 3).accuracy()));
}

TEST(BalancedAccuracy, IsTheMeanRecallOfTheClassesThatOccur) {
  // Recalls 0.8, 0.9 and 0; the fourth class has no examples.
  const ConfusionMatrix matrix{4, {8, 2, 0, 0, 1, 9, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0}};
  EXPECT_DOUBLE_EQ(balanced_accuracy(matrix), (0.8 + 0.9) / 3);
  EXPECT_TRUE(std::isnan(balanced_accuracy({2, {0, 0, 0, 0}})));
}

TEST(AveragePrecision, IsTheAreaUnderTheCurve) {
  // The example of scikit-learn's documentation: 0.83.
  const std::vector<float> scores = {0.1f, 0.4f, 0.35f, 0.8f};
  EXPECT_DOUBLE_EQ(average_precision(scores, std::vector<uint8_t>{0, 0, 1, 1}), 0.5 + 0.5 * 2 / 3);
}

TEST(AveragePrecision, CountsEqualScoresTogetherInAnyOrder) {
  // One threshold passes all three: precision 1/3 for a recall of 1.
  const std::vector<float> equal = {0.5f, 0.5f, 0.5f};
  EXPECT_DOUBLE_EQ(average_precision(equal, std::vector<uint8_t>{1, 0, 0}), 1.0 / 3);
  EXPECT_DOUBLE_EQ(average_precision(equal, std::vector<uint8_t>{0, 0, 1}), 1.0 / 3);
}

TEST(AveragePrecision, MeanLeavesOutLabelsThatAreNowhere) {
  const std::vector<float> scores = {0.9f, 0.2f, 0.3f, 0.1f, 0.8f, 0.5f};
  const std::vector<uint8_t> truth = {1, 0, 0, 0, 0, 1};  // 2 examples of 3 labels
  EXPECT_DOUBLE_EQ(mean_average_precision(scores, truth, 3), 1.0);
  EXPECT_TRUE(std::isnan(mean_average_precision(scores, std::vector<uint8_t>(6), 3)));
  EXPECT_EQ(code_of([&] { mean_average_precision(scores, truth, 4); }), ErrorCode::shape_mismatch);
  EXPECT_EQ(code_of([&] { average_precision(scores, std::vector<uint8_t>{1}); }),
            ErrorCode::shape_mismatch);
  EXPECT_EQ(code_of([&] { average_precision(std::vector<float>{NAN}, std::vector<uint8_t>{1}); }),
            ErrorCode::invalid_argument);
}

TEST(Regression, ErrorAndDeterminationByHand) {
  const std::vector<float> targets = {3, -0.5, 2, 7}, predictions = {2.5, 0, 2, 8};
  EXPECT_DOUBLE_EQ(mean_absolute_error(predictions, targets), 0.5);
  // Squared errors 1.5 of a spread of 29.1875 around the mean 2.875.
  EXPECT_DOUBLE_EQ(r2_score(predictions, targets), 1 - 1.5 / 29.1875);
  EXPECT_TRUE(std::isnan(r2_score(std::vector<float>{1, 2}, std::vector<float>{4, 4})));
  EXPECT_TRUE(std::isnan(mean_absolute_error({}, {})));
  EXPECT_EQ(code_of([&] { r2_score(targets, std::vector<float>{1}); }), ErrorCode::shape_mismatch);
}

TEST(ClassScores, FollowTheirDefinitions) {
  const ConfusionMatrix matrix{3, {8, 2, 0, 1, 9, 0, 3, 0, 0}};
  const std::vector<ClassScore> scores = class_scores(matrix);
  EXPECT_DOUBLE_EQ(scores[0].precision, 8.0 / 12);
  EXPECT_DOUBLE_EQ(scores[0].recall, 0.8);
  EXPECT_DOUBLE_EQ(scores[0].f1, 16.0 / 22);
  EXPECT_EQ(scores[0].support, 10);
  EXPECT_DOUBLE_EQ(scores[1].precision, 9.0 / 11);
  // Never predicted: no precision, but a recall and an F1 of 0.
  EXPECT_TRUE(std::isnan(scores[2].precision));
  EXPECT_DOUBLE_EQ(scores[2].recall, 0);
  EXPECT_DOUBLE_EQ(scores[2].f1, 0);
}

TEST(ClassScores, AreNotANumberForAClassThatNeverOccurs) {
  const std::vector<ClassScore> scores = class_scores({2, {4, 0, 0, 0}});
  EXPECT_TRUE(std::isnan(scores[1].recall));
  EXPECT_TRUE(std::isnan(scores[1].f1));
  EXPECT_EQ(scores[1].support, 0);
}

TEST(TopK, CountsLabelsAmongTheLargest) {
  const std::vector<float> scores = {5, 4, 3, 1, 2, 3, 1, 3, 2};
  const std::vector<int32_t> labels = {1, 0, 1};
  EXPECT_DOUBLE_EQ(top_k_accuracy(scores, labels, 3, 1), 1.0 / 3);
  EXPECT_DOUBLE_EQ(top_k_accuracy(scores, labels, 3, 2), 2.0 / 3);
  EXPECT_DOUBLE_EQ(top_k_accuracy(scores, labels, 3, 3), 1);
}

TEST(TopK, GivesNoCreditForTiesAndNaN) {
  const std::vector<float> equal = {1, 1, 1, 1};
  const std::vector<int32_t> last = {3}, first = {0};
  EXPECT_DOUBLE_EQ(top_k_accuracy(equal, last, 4, 3), 0);
  EXPECT_DOUBLE_EQ(top_k_accuracy(equal, first, 4, 1), 1);
  const std::vector<float> broken = {NAN, NAN};
  EXPECT_DOUBLE_EQ(top_k_accuracy(broken, first, 2, 2), 0);
}

TEST(TopK, RefusesWhatDoesNotFit) {
  const std::vector<float> scores = {1, 2, 3};
  const std::vector<int32_t> label = {0}, outside = {3};
  EXPECT_EQ(code_of([&] { top_k_accuracy(scores, label, 2, 1); }), ErrorCode::shape_mismatch);
  EXPECT_EQ(code_of([&] { top_k_accuracy(scores, outside, 3, 1); }), ErrorCode::invalid_argument);
  EXPECT_EQ(code_of([&] { top_k_accuracy(scores, label, 3, 0); }), ErrorCode::invalid_argument);
}

TEST(CalibrationError, IsTheWeightedGapOfTheBins) {
  // Four at 0.9 of which two are right (gap 0.4); one at 0.6, right (gap 0.4).
  const std::vector<float> rows = {0.9f, 0.1f, 0.9f, 0.1f, 0.9f, 0.1f, 0.9f, 0.1f, 0.4f, 0.6f};
  const std::vector<int32_t> labels = {0, 0, 1, 1, 1};
  EXPECT_NEAR(expected_calibration_error(rows, labels, 2), 0.4, 1e-6);
  // In one bin the over- and the underconfident ones cancel: |3/5 - 0.84|.
  EXPECT_NEAR(expected_calibration_error(rows, labels, 2, 1), 0.24, 1e-6);
}

TEST(CalibrationError, IsZeroForCertainAndRight) {
  const std::vector<float> rows = {1, 0, 0, 1};
  const std::vector<int32_t> labels = {0, 1};
  EXPECT_DOUBLE_EQ(expected_calibration_error(rows, labels, 2), 0);
  EXPECT_TRUE(std::isnan(expected_calibration_error({}, {}, 2)));
}

}  // namespace
}  // namespace noyau
