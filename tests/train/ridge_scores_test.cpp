#include "train/ridge_scores.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace noyau::training {
namespace {

constexpr float kEven[] = {1, 1, 1, 1, 1};

// Three of four are right by 0.1: then softmax says 3/4 at log(3) / 0.1.
TEST(FittedScale, MakesConfidenceWhatIsRight) {
  std::vector<float> scores;
  std::vector<std::int32_t> labels;
  for (int i = 0; i < 4000; ++i) {
    scores.insert(scores.end(), {0.55f, 0.45f});
    labels.push_back(i % 4 == 0);
  }
  EXPECT_NEAR(fitted_scale(scores, labels, std::span(kEven, 2)), std::log(3.0) / 0.1, 0.1);
}

TEST(FittedScale, WeighsClasses) {
  const std::vector<float> scores = {0.6f, 0.4f, 0.6f, 0.4f};
  const std::vector<std::int32_t> labels = {0, 1};
  EXPECT_NEAR(fitted_scale(scores, labels, std::vector<float>{1, 1}), 1, 0.01);
  EXPECT_GT(fitted_scale(scores, labels, std::vector<float>{1, 0.1f}), 5);
}

TEST(FittedScale, StaysFiniteWhereAllAreRight) {
  const double scale = fitted_scale(std::vector<float>{1, 0, 0, 1}, std::vector<std::int32_t>{0, 1},
                                    std::span(kEven, 2));
  EXPECT_GT(scale, 1.5);
  EXPECT_LT(scale, 3);
}

TEST(OwnProbabilities, AreTheSoftmaxAtTheLabel) {
  const std::vector<float> own =
      own_probabilities(std::vector<float>{0, 0, 1000, -1000}, std::vector<std::int32_t>{1, 1});
  EXPECT_EQ(own, (std::vector<float>{0.5f, 0}));
}

TEST(Accuracies, BalancedIsTheMeanOfTheClassesThatOccur) {
  const std::vector<float> scores = {1, 0, 0, 1, 0, 0, 0, 1, 0, 0, 1, 0};
  const Accuracies shares = accuracies(scores, std::vector<std::int32_t>{0, 0, 0, 1});
  EXPECT_DOUBLE_EQ(shares.all, 0.75);
  EXPECT_DOUBLE_EQ(shares.balanced, (2 / 3.0 + 1) / 2);
}

}  // namespace
}  // namespace noyau::training
