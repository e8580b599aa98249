#include "api/suspicious.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "noyau/error.hpp"
#include "train/ridge.hpp"

namespace noyau::api {
namespace {

/// Logits of two classes whose softmax is `first` at class 0.
void add(std::vector<float>& scores, double first) {
  scores.push_back(float(std::log(first)));
  scores.push_back(float(std::log(1 - first)));
}

std::vector<std::size_t> rows(const std::vector<Suspicion>& suspicions) {
  std::vector<std::size_t> out;
  for (const Suspicion& suspicion : suspicions) out.push_back(suspicion.row);
  return out;
}

TEST(Suspicious, OtherClassesMustBeAsLikelyAsUsual) {
  std::vector<float> scores;
  // Class 0 is 65 % likely on average where it is the label, class 1 50 %.
  for (const double first : {0.9, 0.9, 0.6, 0.3, 0.3, 0.3, 0.7, 0.9, 0.2}) add(scores, first);
  const std::vector<std::int32_t> labels = {0, 0, 0, 1, 1, 1, 1, 1, 0};
  const std::vector<Suspicion> found = suspicious_rows(scores, labels, 2);
  EXPECT_EQ(rows(found), (std::vector<std::size_t>{7, 8, 6}));
  EXPECT_EQ(found[0].given, 1);
  EXPECT_EQ(found[0].suggested, 0);
  EXPECT_NEAR(found[0].probability_given, 0.1f, 1e-6);
  EXPECT_NEAR(found[0].probability_suggested, 0.9f, 1e-6);
  // Without row 8 class 0 is 80 % likely on average, and row 6 too little so.
  EXPECT_EQ(rows(suspicious_rows(std::span(scores).first(16), std::span(labels).first(8), 2)),
            (std::vector<std::size_t>{7}));
}

TEST(Suspicious, RefusesScoresThatDoNotFit) {
  const std::vector<float> scores(5);
  EXPECT_THROW(suspicious_rows(scores, std::vector<std::int32_t>{0, 1}, 2), Error);
}

/// Two clouds; the labels of samples 3 and 20 are exchanged.
TEST(Suspicious, FindsLabelsThatWereExchanged) {
  std::vector<float> features;
  std::vector<std::int32_t> labels;
  for (int i = 0; i < 40; ++i) {
    labels.push_back(i % 2);
    features.insert(features.end(), {float(i % 2) * 4 + 0.1f * float(i % 7), float(i % 5)});
  }
  labels[3] = 0;
  labels[20] = 1;
  const training::RidgeHead head = training::fit_ridge(features, labels, 2);
  std::vector<std::size_t> found = rows(suspicious_rows(head.scores, labels, 2));
  std::ranges::sort(found);
  EXPECT_EQ(found, (std::vector<std::size_t>{3, 20}));
}

TEST(Suspicious, ComesWithPictures) {
  const Dataset data =
      Dataset::open(std::string(NOYAU_TEST_DATA) + "/../../data/fashion-mnist-sample");
  const std::vector<Suspicion> suspicions = {{1, 0, 2, 0.1f, 0.8f}, {0, 1, 2, 0.1f, 0.7f}};
  const std::vector<std::int64_t> positions = {4, 7};
  const std::vector<SuspiciousLabel> shown =
      suspicious_labels(suspicions, positions, data, Split::test, 1);
  ASSERT_EQ(shown.size(), 1u);
  EXPECT_EQ(shown[0].source, "test picture 7");
  EXPECT_EQ(shown[0].picture.pixels, data.load(data.samples(Split::test)[7]).pixels);
  EXPECT_EQ(shown[0].suggested_class, 2);
}

}  // namespace
}  // namespace noyau::api
