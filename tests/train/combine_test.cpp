// Averages and votes over small answers that can be checked by hand.

#include "train/combine.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "noyau/error.hpp"

namespace noyau::training {
namespace {

Evaluation answer_of(std::vector<float> probabilities, std::vector<std::int32_t> labels) {
  Evaluation answer;
  answer.classes = std::int64_t(probabilities.size() / labels.size());
  for (std::size_t i = 0; i < labels.size(); ++i) answer.indices.push_back(std::int64_t(i));
  answer.labels = std::move(labels);
  answer.probabilities = std::move(probabilities);
  return answer;
}

TEST(Combine, AveragesProbabilities) {
  const std::vector<Evaluation> answers{answer_of({0.9f, 0.1f, 0.4f, 0.6f}, {0, 0}),
                                        answer_of({0.5f, 0.5f, 0.8f, 0.2f}, {0, 0})};
  const Evaluation result = combine(answers, Combination::average);
  EXPECT_FLOAT_EQ(result.probabilities[0], 0.7f);
  EXPECT_FLOAT_EQ(result.probabilities[2], 0.6f);
  EXPECT_EQ(result.totals.top1, 2);
  EXPECT_NEAR(result.totals.mean_loss(), -(std::log(0.7) + std::log(0.6)) / 2, 1e-6);
}

TEST(Combine, VotesCountHeadsNotConfidence) {
  // Two of three say class 1; the third is so sure of class 0 that the average follows it.
  const std::vector<Evaluation> answers{answer_of({0.4f, 0.6f}, {1}), answer_of({0.4f, 0.6f}, {1}),
                                        answer_of({0.99f, 0.01f}, {1})};
  EXPECT_EQ(combine(answers, Combination::vote).totals.top1, 1);
  EXPECT_EQ(combine(answers, Combination::average).totals.top1, 0);
  EXPECT_NEAR(combine(answers, Combination::vote).probabilities[1], 2.0 / 3, 1e-4);
}

TEST(Combine, TiesOfVotesGoToTheMean) {
  const std::vector<Evaluation> answers{answer_of({0.6f, 0.4f}, {1}), answer_of({0.1f, 0.9f}, {1})};
  EXPECT_EQ(combine(answers, Combination::vote).totals.top1, 1);
}

TEST(Combine, RefusesOtherSamplesAndClasses) {
  EXPECT_THROW(
      combine(std::vector{answer_of({1, 0}, {0}), answer_of({1, 0}, {1})}, Combination::average),
      Error);
  EXPECT_THROW(
      combine(std::vector{answer_of({1, 0}, {0}), answer_of({1, 0, 0}, {0})}, Combination::average),
      Error);
}

TEST(Combination, NamesReadBack) {
  for (const auto rule : {Combination::average, Combination::vote})
    EXPECT_EQ(parse_combination(to_string(rule)), rule);
  EXPECT_THROW(parse_combination("median"), Error);
}

}  // namespace
}  // namespace noyau::training
