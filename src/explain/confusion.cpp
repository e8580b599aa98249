#include <fmt/format.h>

#include <limits>

#include "noyau/error.hpp"
#include "noyau/metrics.hpp"

namespace noyau {
namespace {

double share(int64_t part, int64_t whole) {
  return whole == 0 ? std::numeric_limits<double>::quiet_NaN()
                    : static_cast<double>(part) / static_cast<double>(whole);
}

std::size_t checked_index(const char* what, std::size_t example, int32_t index, int classes) {
  if (index < 0 || index >= classes)
    throw Error(ErrorCode::invalid_argument, fmt::format("{} of example {}", what, example),
                fmt::format("class {}", index), fmt::format("0 to {}", classes - 1));
  return static_cast<std::size_t>(index);
}

}  // namespace

int64_t ConfusionMatrix::total() const {
  int64_t sum = 0;
  for (int64_t count : counts) sum += count;
  return sum;
}

double ConfusionMatrix::accuracy() const {
  int64_t correct = 0;
  for (int c = 0; c < classes; ++c) correct += at(c, c);
  return share(correct, total());
}

ConfusionMatrix confusion_matrix(std::span<const int32_t> labels,
                                 std::span<const int32_t> predictions, int classes) {
  if (classes < 1)
    throw Error(ErrorCode::invalid_argument, "confusion matrix", fmt::format("{} classes", classes),
                "at least 1 class");
  if (labels.size() != predictions.size())
    throw Error(ErrorCode::shape_mismatch, "confusion matrix",
                fmt::format("{} predictions", predictions.size()),
                fmt::format("{}, one per label", labels.size()));
  const auto n = static_cast<std::size_t>(classes);
  ConfusionMatrix matrix{classes, std::vector<int64_t>(n * n)};
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const std::size_t truth = checked_index("label", i, labels[i], classes);
    const std::size_t predicted = checked_index("prediction", i, predictions[i], classes);
    ++matrix.counts[truth * n + predicted];
  }
  return matrix;
}

double balanced_accuracy(const ConfusionMatrix& matrix) {
  double sum = 0;
  int64_t seen = 0;
  for (const ClassScore& score : class_scores(matrix)) {
    if (score.support == 0) continue;
    sum += score.recall;
    ++seen;
  }
  return seen == 0 ? kNotMeasured : sum / static_cast<double>(seen);
}

std::vector<ClassScore> class_scores(const ConfusionMatrix& matrix) {
  std::vector<ClassScore> scores;
  for (int c = 0; c < matrix.classes; ++c) {
    int64_t support = 0, predicted = 0;
    for (int other = 0; other < matrix.classes; ++other) {
      support += matrix.at(c, other);
      predicted += matrix.at(other, c);
    }
    const int64_t found = matrix.at(c, c);
    scores.push_back({share(found, predicted), share(found, support),
                      share(2 * found, predicted + support), support});
  }
  return scores;
}

}  // namespace noyau
