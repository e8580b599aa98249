#include "train/combine.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "noyau/error.hpp"

namespace noyau::training {
namespace {

// Small enough to decide between equal numbers of votes only.
constexpr double kTieShare = 1e-4;
constexpr double kLeastProbability = 1e-12;  // a vote of none would cost infinitely much

void expect_same_samples(const Evaluation& a, const Evaluation& b) {
  if (a.indices == b.indices && a.labels == b.labels && a.classes == b.classes && a.task == b.task)
    return;
  throw Error(ErrorCode::shape_mismatch, "ensemble",
              fmt::format("{} samples of {} classes", b.indices.size(), b.classes),
              fmt::format("the same {} samples and {} classes for every member", a.indices.size(),
                          a.classes));
}

RowScore score(std::span<const float> probabilities, std::int32_t label) {
  const float own = probabilities[std::size_t(label)];
  RowScore result{-std::log(std::max(double(own), kLeastProbability)), 0};
  for (std::size_t c = 0; c < probabilities.size(); ++c)
    result.rank += probabilities[c] > own || (probabilities[c] == own && c < std::size_t(label));
  return result;
}

/// Of a row of labels or values.
void add_loss(Evaluation& result, std::span<const float> answer, std::span<const float> targets) {
  double loss = 0;
  for (std::size_t c = 0; c < answer.size(); ++c) {
    const double p = std::clamp(double(answer[c]), kLeastProbability, 1 - kLeastProbability);
    loss -= targets[c] * std::log(p) + (1 - targets[c]) * std::log(1 - p);
  }
  result.totals.loss +=
      result.task == Task::values ? value_loss(answer, targets) : loss / double(answer.size());
  ++result.totals.samples;
}

}  // namespace

std::string_view to_string(Combination rule) {
  return rule == Combination::average ? "average" : "vote";
}

Combination parse_combination(std::string_view name) {
  for (const auto rule : {Combination::average, Combination::vote})
    if (to_string(rule) == name) return rule;
  throw Error(ErrorCode::invalid_argument, "rule", fmt::format("\"{}\"", name), "average or vote");
}

void add_answer(std::span<const float> probabilities, Combination rule, double weight,
                std::span<float> sum) {
  const double share = rule == Combination::vote ? kTieShare : 1;
  for (std::size_t c = 0; c < sum.size(); ++c)
    sum[c] += float(weight * share * double(probabilities[c]));
  if (rule == Combination::average) return;
  const auto most = std::max_element(probabilities.begin(), probabilities.end());
  sum[std::size_t(most - probabilities.begin())] += float(weight * (1 - share));
}

Evaluation combine(std::span<const Evaluation> answers, Combination rule) {
  Evaluation result = answers.front();
  result.totals = {};
  std::ranges::fill(result.probabilities, 0.0f);
  for (const Evaluation& answer : answers) expect_same_samples(answers.front(), answer);
  const auto classes = std::size_t(result.classes);
  const double weight = 1.0 / double(answers.size());
  for (std::size_t i = 0; i < result.labels.size(); ++i) {
    const auto sum = std::span(result.probabilities).subspan(i * classes, classes);
    for (const Evaluation& answer : answers)
      add_answer(std::span(answer.probabilities).subspan(i * classes, classes), rule, weight, sum);
    if (result.task == Task::classes)
      add(result.totals, score(sum, result.labels[i]));
    else
      add_loss(result, sum, std::span(result.targets).subspan(i * classes, classes));
  }
  return result;
}

}  // namespace noyau::training
