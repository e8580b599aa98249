#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

/// How good predictions are.
namespace noyau {

/// A value that was not measured: it is left out of tables and plots.
inline constexpr double kNotMeasured = std::numeric_limits<double>::quiet_NaN();

/// How well one label or value is answered; what does not belong to the task is kNotMeasured.
struct AnswerScore {
  std::string name = {};
  double average_precision = kNotMeasured;
  double precision = kNotMeasured, recall = kNotMeasured;  ///< of labels, where it is named
  double mean_absolute_error = kNotMeasured;               ///< in the unit of the value
  double r2 = kNotMeasured;
  int64_t support = 0;  ///< pictures with the label; of values all
};

/// Counts of (true class, predicted class), row-major, one row per true class.
struct ConfusionMatrix {
  int classes = 0;
  std::vector<int64_t> counts;  // classes x classes

  int64_t at(int truth, int predicted) const {
    return counts[static_cast<size_t>(truth) * static_cast<size_t>(classes) +
                  static_cast<size_t>(predicted)];
  }
  /// Number of examples counted.
  int64_t total() const;
  /// Share of examples on the diagonal, 0..1; NaN when nothing was counted.
  double accuracy() const;
};

/// Counts how often each class was taken for each other one.
///
/// `labels` and `predictions` hold one class index in [0, classes) per example. Throws
/// shape_mismatch when their lengths differ and invalid_argument for an index out of range.
ConfusionMatrix confusion_matrix(std::span<const int32_t> labels,
                                 std::span<const int32_t> predictions, int classes);

/// How well one class is found. Shares are 0..1, and NaN where they are 0/0.
struct ClassScore {
  double precision = kNotMeasured;  // of the examples predicted as this class, the share that is
  double recall = kNotMeasured;     // of the examples of this class, the share that is found:
                                    // the accuracy within the class
  double f1 = kNotMeasured;         // harmonic mean of both
  int64_t support = 0;              // examples of this class
};

/// Precision, recall, F1 and support of every class, in class order.
std::vector<ClassScore> class_scores(const ConfusionMatrix& matrix);

/// The mean recall of the classes that have examples, 0..1: the accuracy if all of them were
/// equally frequent. NaN when nothing was counted.
double balanced_accuracy(const ConfusionMatrix& matrix);

/// Share of examples (0..1) whose label is among the `k` largest of its row of scores.
///
/// `scores` is labels.size() x classes, row-major (logits or probabilities). Equal scores rank by
/// class index. NaN without examples. Throws shape_mismatch and invalid_argument.
double top_k_accuracy(std::span<const float> scores, std::span<const int32_t> labels, int classes,
                      int k);

/// Whether top-5 accuracy says anything: with five classes or fewer it is always 1.
bool tells_top5(std::int64_t classes);

/// Expected calibration error (Guo et al., 2017, arXiv:1706.04599), 0..1: the mean distance
/// between confidence and accuracy over `bins` bins of equal width, weighted by examples.
///
/// `probabilities` is labels.size() x classes, row-major, each row summing to 1. NaN without
/// examples. Throws shape_mismatch and invalid_argument.
double expected_calibration_error(std::span<const float> probabilities,
                                  std::span<const int32_t> labels, int classes, int bins = 15);

/// The area under the precision-recall curve of one label, 0..1, as the sum over thresholds of
/// precision times the gain of recall (scikit-learn's average_precision_score): examples of equal
/// score pass a threshold together. `truth` is 1 where the label is there, else 0. NaN when it is
/// nowhere there. Throws shape_mismatch, and invalid_argument for other truths or a score of NaN.
double average_precision(std::span<const float> scores, std::span<const uint8_t> truth);

/// The mean of `average_precision` over the labels that are somewhere there; NaN without any.
///
/// Both are examples x labels, row-major. Throws as average_precision.
double mean_average_precision(std::span<const float> scores, std::span<const uint8_t> truth,
                              int labels);

/// The mean distance of predictions and targets, in their unit. NaN without any. Throws
/// shape_mismatch.
double mean_absolute_error(std::span<const float> predictions, std::span<const float> targets);

/// The coefficient of determination, at most 1: one minus the squared error over that of always
/// predicting the mean of the targets. NaN where all targets are equal or there are none. Throws
/// shape_mismatch.
double r2_score(std::span<const float> predictions, std::span<const float> targets);

}  // namespace noyau
