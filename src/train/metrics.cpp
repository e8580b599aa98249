#include "train/metrics.hpp"

#include <algorithm>
#include <cmath>

namespace noyau::training {
namespace {

std::int64_t rank_of(std::span<const float> logits, std::int32_t label) {
  const float own = logits[std::size_t(label)];
  std::int64_t rank = 0;
  for (std::size_t c = 0; c < logits.size(); ++c) {
    if (std::isnan(logits[c])) return std::int64_t(logits.size());
    rank += logits[c] > own || (logits[c] == own && c < std::size_t(label));
  }
  return rank;
}

void count(Totals& totals, std::int64_t rank) {
  totals.top1 += rank < 1;
  totals.top5 += rank < 5;
  ++totals.samples;
}

std::span<const float> row(std::span<const float> logits, std::size_t i, std::size_t rows) {
  const std::size_t classes = logits.size() / rows;
  return logits.subspan(i * classes, classes);
}

}  // namespace

RowScore score_row(std::span<const float> logits, std::int32_t label,
                   std::span<float> probabilities) {
  const double largest = *std::max_element(logits.begin(), logits.end());
  double sum = 0;
  for (const float logit : logits) sum += std::exp(double(logit) - largest);
  for (std::size_t c = 0; c < probabilities.size(); ++c) {
    probabilities[c] = float(std::exp(double(logits[c]) - largest) / sum);
  }
  const double loss = std::log(sum) + largest - double(logits[std::size_t(label)]);
  return {loss, rank_of(logits, label)};
}

double label_loss(std::span<const float> logits, std::span<const float> targets) {
  double sum = 0;
  for (std::size_t c = 0; c < logits.size(); ++c) {
    const double x = logits[c], target = targets[c];
    sum += std::max(x, 0.0) - x * target + std::log1p(std::exp(-std::abs(x)));
  }
  return sum / double(logits.size());
}

double value_loss(std::span<const float> outputs, std::span<const float> targets) {
  double sum = 0;
  for (std::size_t c = 0; c < outputs.size(); ++c) {
    const double error = double(outputs[c]) - double(targets[c]);
    sum += error * error;
  }
  return sum / double(outputs.size());
}

void add(Totals& totals, const RowScore& score) {
  totals.loss += score.loss;
  count(totals, score.rank);
}

void add_ranks(Totals& totals, std::span<const float> logits, std::span<const std::int32_t> labels,
               double mean_loss) {
  for (std::size_t i = 0; i < labels.size(); ++i) {
    count(totals, rank_of(row(logits, i, labels.size()), labels[i]));
  }
  totals.loss += mean_loss * double(labels.size());
}

}  // namespace noyau::training
