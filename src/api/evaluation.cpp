#include "api/evaluation.hpp"

#include <algorithm>
#include <cmath>

#include "noyau/metrics.hpp"

namespace noyau::api {
namespace {

/// Column k of a table [rows, width].
template <class T>
std::vector<T> column(std::span<const float> table, std::size_t k, std::size_t width) {
  std::vector<T> out;
  for (std::size_t i = k; i < table.size(); i += width) out.push_back(T(table[i]));
  return out;
}

/// The most likely class of each row.
std::vector<std::int32_t> predictions_of(const training::Evaluation& evaluation) {
  const auto width = std::ptrdiff_t(evaluation.classes);
  const std::vector<float>& table = evaluation.probabilities;
  std::vector<std::int32_t> predictions;
  for (auto row = table.begin(); row != table.end(); row += width)
    predictions.push_back(std::int32_t(std::max_element(row, row + width) - row));
  return predictions;
}

AnswerScore label_score(std::span<const float> probabilities, std::span<const uint8_t> truth) {
  AnswerScore score{.average_precision = average_precision(probabilities, truth)};
  std::int64_t found = 0, named = 0;
  for (std::size_t i = 0; i < truth.size(); ++i) {
    const bool is_named = probabilities[i] >= kNamedFrom;
    score.support += truth[i];
    named += is_named;
    found += is_named && truth[i] != 0;
  }
  score.precision = named > 0 ? double(found) / double(named) : kNotMeasured;
  score.recall = score.support > 0 ? double(found) / double(score.support) : kNotMeasured;
  return score;
}

}  // namespace

double score_of(const training::Evaluation& evaluation) {
  if (evaluation.task == Task::classes) return evaluation.totals.top1_accuracy();
  const auto width = std::size_t(evaluation.classes);
  if (evaluation.task == Task::labels) {
    const std::vector<std::uint8_t> truth(evaluation.targets.begin(), evaluation.targets.end());
    return mean_average_precision(evaluation.probabilities, truth, int(width));
  }
  double sum = 0;
  for (std::size_t k = 0; k < width; ++k)
    sum += r2_score(column<float>(evaluation.probabilities, k, width),
                    column<float>(evaluation.targets, k, width));
  return sum / double(width);
}

double balanced_accuracy_of(const training::Evaluation& evaluation) {
  return balanced_accuracy(
      confusion_matrix(evaluation.labels, predictions_of(evaluation), int(evaluation.classes)));
}

void scale_back(const ModelCard& card, std::span<float> answers) {
  const std::size_t width = card.values.mean.size();
  for (std::size_t i = 0; width > 0 && i < answers.size(); ++i)
    answers[i] = answers[i] * card.values.deviation[i % width] + card.values.mean[i % width];
}

Evaluation to_public(const training::Evaluation& from, const ModelCard& card, double seconds) {
  Evaluation to;
  to.task = from.task;
  to.loss = from.totals.mean_loss();
  to.score = score_of(from);
  to.top1 = from.totals.top1_accuracy();
  to.top5 = from.totals.top5_accuracy();
  to.images = from.totals.samples;
  to.seconds = seconds;
  to.indices = from.indices;
  to.labels = from.labels;
  to.targets = from.targets;
  to.probabilities = from.probabilities;
  if (to.task == Task::classes) {
    to.predictions = predictions_of(from);
    to.balanced_accuracy = balanced_accuracy_of(from);
  }
  scale_back(card, to.targets);
  scale_back(card, to.probabilities);
  return to;
}

}  // namespace noyau::api

namespace noyau {

std::vector<AnswerScore> answer_scores(const Evaluation& evaluation,
                                       const std::vector<std::string>& names) {
  std::vector<AnswerScore> scores;
  const std::size_t width = names.size();
  for (std::size_t k = 0; k < width && evaluation.task != Task::classes; ++k) {
    const auto answers = api::column<float>(evaluation.probabilities, k, width);
    if (evaluation.task == Task::labels) {
      scores.push_back(
          api::label_score(answers, api::column<std::uint8_t>(evaluation.targets, k, width)));
    } else {
      const auto targets = api::column<float>(evaluation.targets, k, width);
      scores.push_back({.mean_absolute_error = mean_absolute_error(answers, targets),
                        .r2 = r2_score(answers, targets),
                        .support = std::int64_t(targets.size())});
    }
    scores.back().name = names[k];
  }
  return scores;
}

}  // namespace noyau
