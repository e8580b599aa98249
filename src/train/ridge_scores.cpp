#include "train/ridge_scores.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace noyau::training {
namespace {

std::span<const float> row(std::span<const float> scores, std::size_t i, std::size_t rows) {
  const std::size_t classes = scores.size() / rows;
  return scores.subspan(i * classes, classes);
}

/// How much the loss of a row changes with the factor: expected score minus that of the target,
/// which is the label but for a share `other` that all classes have alike.
double slope(std::span<const float> scores, std::int32_t label, double other, double factor) {
  const double largest = *std::ranges::max_element(scores);
  double sum = 0, weighted = 0, all = 0;
  for (const float score : scores) {
    const double share = std::exp(factor * (double(score) - largest));
    sum += share;
    weighted += share * double(score);
    all += double(score);
  }
  const double own = scores[std::size_t(label)];
  return weighted / sum - (1 - other) * own - other * all / double(scores.size());
}

}  // namespace

double fitted_scale(std::span<const float> scores, std::span<const std::int32_t> labels,
                    std::span<const float> class_weight) {
  // The loss is convex in the factor, so its slope changes sign once.
  const double other = 1 / (double(labels.size()) + 2);
  double low = 0, high = std::log(1000.0);
  for (int step = 0; step < 14; ++step) {
    const double middle = (low + high) / 2;
    double sum = 0;
    for (std::size_t i = 0; i < labels.size(); ++i)
      sum += double(class_weight[std::size_t(labels[i])]) *
             slope(row(scores, i, labels.size()), labels[i], other, std::exp(middle));
    (sum < 0 ? low : high) = middle;
  }
  return std::exp((low + high) / 2);
}

std::vector<float> own_probabilities(std::span<const float> scores,
                                     std::span<const std::int32_t> labels) {
  std::vector<float> own;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const std::span<const float> logits = row(scores, i, labels.size());
    const double label_score = logits[std::size_t(labels[i])];
    double sum = 0;
    for (const float logit : logits) sum += std::exp(double(logit) - label_score);
    own.push_back(float(1 / sum));
  }
  return own;
}

Accuracies accuracies(std::span<const float> scores, std::span<const std::int32_t> labels) {
  const std::size_t classes = scores.size() / labels.size();
  std::vector<double> right(classes, 0), count(classes, 0);
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const std::span<const float> logits = row(scores, i, labels.size());
    const auto label = std::size_t(labels[i]);
    right[label] += std::ranges::max_element(logits) - logits.begin() == labels[i];
    ++count[label];
  }
  double recalls = 0;
  for (std::size_t c = 0; c < classes; ++c) recalls += count[c] > 0 ? right[c] / count[c] : 0;
  const auto occurring = std::ranges::count_if(count, [](double n) { return n > 0; });
  return {std::accumulate(right.begin(), right.end(), 0.0) / double(labels.size()),
          recalls / double(occurring)};
}

}  // namespace noyau::training
