#include "train/ridge.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include "noyau/error.hpp"
#include "train/class_weights.hpp"

namespace noyau::training {
namespace {

using Rows = std::vector<std::vector<double>>;

struct Data {
  std::int64_t samples, width, classes;
  std::vector<float> features;
  std::vector<std::int32_t> labels;
};

/// Random features; the mean of feature c is moved for class c, so that there is something to
/// learn.
Data random_data(std::int64_t samples, std::int64_t width, std::int64_t classes, float moved = 1) {
  Data data{samples, width, classes, {}, {}};
  std::mt19937 random(7);
  std::normal_distribution<float> normal(0, 1);
  for (std::int64_t i = 0; i < samples; ++i) {
    const auto label = std::int32_t(i * i % classes);  // not equally many of each
    data.labels.push_back(label);
    for (std::int64_t k = 0; k < width; ++k)
      data.features.push_back(5 + float(k + 1) * (normal(random) + (k == label ? moved : 0)));
  }
  return data;
}

RidgeHead fit(const Data& data, const RidgeOptions& options = {}) {
  return fit_ridge(data.features, data.labels, data.classes, options);
}

/// Solves m x = y by elimination with pivots; m and y are lists of rows.
Rows solved(Rows m, Rows y) {
  const std::size_t n = m.size();
  for (std::size_t k = 0; k < n; ++k) {
    std::size_t pivot = k;
    for (std::size_t i = k; i < n; ++i)
      if (std::abs(m[i][k]) > std::abs(m[pivot][k])) pivot = i;
    std::swap(m[k], m[pivot]);
    std::swap(y[k], y[pivot]);
    for (std::size_t i = 0; i < n; ++i) {
      if (i == k) continue;
      const double factor = m[i][k] / m[k][k];
      for (std::size_t j = k; j < n; ++j) m[i][j] -= factor * m[k][j];
      for (std::size_t j = 0; j < y[i].size(); ++j) y[i][j] -= factor * y[k][j];
    }
  }
  for (std::size_t k = 0; k < n; ++k)
    for (double& value : y[k]) value /= m[k][k];
  return y;
}

/// Features standardised with the weighted mean and deviation of all samples, and a last column 1.
Rows standardised(const Data& data, const std::vector<double>& weight) {
  Rows x(std::size_t(data.samples), std::vector<double>(std::size_t(data.width) + 1, 1.0));
  double total = 0;
  for (const double w : weight) total += w;
  for (std::size_t k = 0; k < std::size_t(data.width); ++k) {
    double mean = 0, square = 0;
    const auto at = [&](std::size_t i) {
      return double(data.features[i * std::size_t(data.width) + k]);
    };
    for (std::size_t i = 0; i < x.size(); ++i) mean += weight[i] * at(i) / total;
    for (std::size_t i = 0; i < x.size(); ++i)
      square += weight[i] * (at(i) - mean) * (at(i) - mean) / total;
    for (std::size_t i = 0; i < x.size(); ++i) x[i][k] = (at(i) - mean) / std::sqrt(square);
  }
  return x;
}

std::vector<double> weights_of(const Data& data, bool balanced) {
  std::vector<std::int64_t> counts(std::size_t(data.classes), 0);
  for (const std::int32_t label : data.labels) ++counts[std::size_t(label)];
  const std::vector<float> of_class = balanced_class_weights(counts);
  std::vector<double> out;
  for (const std::int32_t label : data.labels)
    out.push_back(balanced ? double(of_class[std::size_t(label)]) : 1.0);
  return out;
}

/// The sum of all eigenvalues over their number: that of the smaller of the two Gram matrices.
double mean_eigenvalue(const Data& data, const Rows& x, const std::vector<double>& weight) {
  double trace = 0;
  for (std::size_t i = 0; i < x.size(); ++i)
    for (std::size_t k = 0; k < std::size_t(data.width); ++k)
      trace += weight[i] * x[i][k] * x[i][k];
  return trace / double(std::min(data.samples, data.width));
}

/// The regression's answer for row `left_out` when it is fitted to the others.
std::vector<double> refitted(const Data& data, const Rows& x, const std::vector<double>& weight,
                             double penalty, std::size_t left_out) {
  const std::size_t size = x[0].size(), classes = std::size_t(data.classes);
  Rows m(size, std::vector<double>(size, 0)), y(size, std::vector<double>(classes, 0));
  for (std::size_t k = 0; k + 1 < size; ++k) m[k][k] = penalty;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (i == left_out) continue;
    for (std::size_t k = 0; k < size; ++k) {
      y[k][std::size_t(data.labels[i])] += weight[i] * x[i][k];
      for (std::size_t j = 0; j < size; ++j) m[k][j] += weight[i] * x[i][k] * x[i][j];
    }
  }
  const Rows b = solved(m, y);
  std::vector<double> answer(classes, 0);
  for (std::size_t k = 0; k < size; ++k)
    for (std::size_t c = 0; c < classes; ++c) answer[c] += x[left_out][k] * b[k][c];
  return answer;
}

void expect_equals_refits(const Data& data, double penalty, bool balanced) {
  const RidgeHead head = fit(data, {.balanced = balanced, .penalties = {penalty}});
  const std::vector<double> weight = weights_of(data, balanced);
  const Rows x = standardised(data, weight);
  const double added = penalty * mean_eigenvalue(data, x, weight);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const std::vector<double> expected = refitted(data, x, weight, added, i);
    for (std::size_t c = 0; c < expected.size(); ++c)
      EXPECT_NEAR(double(head.scores[i * expected.size() + c]) / head.scale, expected[c], 2e-4)
          << "sample " << i << ", class " << c;
  }
}

TEST(Ridge, LeaveOneOutEqualsRefits) {
  for (const double penalty : {1e-3, 0.3, 30.0}) {
    expect_equals_refits(random_data(40, 6, 3), penalty, false);
    expect_equals_refits(random_data(40, 6, 3), penalty, true);
  }
}

TEST(Ridge, LeaveOneOutEqualsRefitsWithMoreFeaturesThanSamples) {
  for (const double penalty : {1e-2, 0.3, 30.0}) {
    expect_equals_refits(random_data(15, 40, 3), penalty, false);
    expect_equals_refits(random_data(15, 40, 3), penalty, true);
  }
}

/// Scores of the head itself, from features as they were given.
std::vector<float> logits(const Data& data, const RidgeHead& head) {
  std::vector<float> out;
  const auto width = std::size_t(data.width);
  for (std::size_t i = 0; i < data.labels.size(); ++i)
    for (std::size_t c = 0; c < std::size_t(data.classes); ++c) {
      double sum = head.bias[c];
      for (std::size_t k = 0; k < width; ++k)
        sum += double(head.weight[c * width + k]) * double(data.features[i * width + k]);
      out.push_back(float(sum));
    }
  return out;
}

TEST(Ridge, SeparableClassesAreRecovered) {
  for (const std::int64_t width : {8, 100}) {
    const Data data = random_data(60, width, 3, 40);
    const RidgeHead head = fit(data);
    EXPECT_EQ(head.accuracy, 1) << width;
    EXPECT_EQ(head.balanced_accuracy, 1);
    EXPECT_GT(*std::ranges::min_element(head.own), 0.5f);
    const std::vector<float> seen = logits(data, head);
    for (std::size_t i = 0; i < data.labels.size(); ++i) {
      const auto row = seen.begin() + std::ptrdiff_t(i * 3);
      EXPECT_EQ(std::max_element(row, row + 3) - row, data.labels[i]);
    }
  }
}

// Leaving a sample out makes the other class the more frequent one, so that without anything to
// learn fewer than half are right.
TEST(Ridge, NoiseIsNotLearned) {
  for (const std::int64_t width : {5, 300}) {
    const Data data = random_data(200, width, 2, 0);
    const RidgeHead head = fit(data);
    EXPECT_LT(head.accuracy, 0.6) << width;
    EXPECT_GE(head.penalty, 1) << width;
  }
}

TEST(Ridge, ThePenaltyWithTheLeastErrorIsTaken) {
  const Data data = random_data(60, 30, 3);
  const RidgeHead best = fit(data, {.penalties = {1e-3, 1, 1e3}});
  double least = std::numeric_limits<double>::infinity();
  for (const double penalty : {1e-3, 1.0, 1e3}) {
    const RidgeHead one = fit(data, {.penalties = {penalty}});
    if (penalty == best.penalty) {
      EXPECT_EQ(one.squared_error, best.squared_error);
    }
    least = std::min(least, one.squared_error);
  }
  EXPECT_EQ(best.squared_error, least);
}

TEST(Ridge, FeaturesThatDoNotVaryCountForNothing) {
  Data data = random_data(40, 4, 2, 4);
  for (std::size_t i = 0; i < 40; ++i) data.features[i * 4 + 3] = 1000.1f;
  const RidgeHead head = fit(data);
  EXPECT_GT(head.accuracy, 0.9);
  EXPECT_EQ(head.weight[3], 0);
  EXPECT_EQ(head.weight[7], 0);
  std::ranges::fill(data.features, 3.0f);
  const RidgeHead none = fit(data);
  EXPECT_NEAR(none.bias[0] + none.bias[1], none.scale, 1e-5);
  for (const float score : none.scores) EXPECT_TRUE(std::isfinite(score));
}

TEST(Ridge, AClassWithoutSamplesGetsNoWeight) {
  Data data = random_data(40, 4, 3, 6);
  data.classes = 5;
  const RidgeHead head = fit(data, {.balanced = true});
  EXPECT_GT(head.accuracy, 0.9);
  for (std::size_t c = 3; c < 5; ++c) {
    EXPECT_EQ(head.bias[c], 0);
    for (std::size_t k = 0; k < 4; ++k) EXPECT_EQ(head.weight[c * 4 + k], 0);
  }
}

TEST(Ridge, FewerSamplesThanClasses) {
  const Data data{3, 2, 10, {0, 1, 1, 0, 2, 2}, {4, 4, 9}};
  const RidgeHead head = fit(data);
  EXPECT_EQ(head.scores.size(), 30u);
  EXPECT_EQ(head.own.size(), 3u);
  for (const float score : head.scores) EXPECT_TRUE(std::isfinite(score));
}

TEST(Ridge, OneFeatureIsEnough) {
  expect_equals_refits(random_data(20, 1, 2), 0.1, true);
  expect_equals_refits(random_data(2, 1, 2), 0.1, false);
}

TEST(Ridge, OfOneClassItIsCertain) {
  const RidgeHead head = fit({3, 2, 2, {0, 1, 1, 0, 2, 2}, {1, 1, 1}});
  EXPECT_EQ(head.accuracy, 1);
  EXPECT_EQ(head.balanced_accuracy, 1);
}

TEST(Ridge, OwnIsTheSoftmaxOfTheScores) {
  const RidgeHead head = fit(random_data(40, 6, 3));
  double sum = 0;
  for (std::size_t c = 0; c < 3; ++c) sum += std::exp(double(head.scores[c]));
  EXPECT_NEAR(double(head.own[0]), std::exp(double(head.scores[0])) / sum, 1e-6);
  EXPECT_EQ(random_data(40, 6, 3).labels[0], 0);
}

TEST(Ridge, SamplesBeyondTheLimitAreScoredByTheHead) {
  const Data data = random_data(100, 6, 3, 8);
  const RidgeHead head = fit(data, {.most_rows = 30});
  EXPECT_LE(head.fitted, 30);
  EXPECT_GE(head.fitted, 28);
  EXPECT_GT(head.accuracy, 0.95);
  const std::vector<float> answers = logits(data, head);
  std::size_t equal = 0;
  for (std::size_t i = 0; i < 100; ++i)
    equal += std::abs(answers[i * 3] - head.scores[i * 3]) < 1e-4f * float(head.scale);
  EXPECT_GE(equal, 70u);
  EXPECT_LT(equal, 100u);
}

TEST(Ridge, TheSameAgain) {
  const Data data = random_data(300, 70, 4);
  EXPECT_EQ(fit(data).scores, fit(data).scores);
}

ErrorCode refusal(const Data& data, const RidgeOptions& options = {}) {
  try {
    fit(data, options);
  } catch (const Error& error) {
    return error.code();
  }
  return ErrorCode::internal;
}

TEST(Ridge, RefusesWhatItCannotFit) {
  Data data = random_data(10, 3, 2);
  data.features[10] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(refusal(data), ErrorCode::numeric);
  data.features[10] = std::numeric_limits<float>::infinity();
  EXPECT_EQ(refusal(data), ErrorCode::numeric);
  data.features.pop_back();
  EXPECT_EQ(refusal(data), ErrorCode::shape_mismatch);
  data = random_data(10, 3, 2);
  data.labels[3] = 2;
  EXPECT_EQ(refusal(data), ErrorCode::invalid_argument);
  data.labels[3] = -1;
  EXPECT_EQ(refusal(data), ErrorCode::invalid_argument);
  EXPECT_EQ(refusal({1, 2, 2, {0, 1}, {1}}), ErrorCode::invalid_argument);
  EXPECT_EQ(refusal({0, 2, 2, {}, {}}), ErrorCode::invalid_argument);
  EXPECT_EQ(refusal(random_data(10, 3, 2), {.penalties = {0}}), ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace noyau::training
