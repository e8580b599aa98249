#include "api/suspicious.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "noyau/error.hpp"
#include "train/ridge.hpp"

namespace noyau::api {
namespace {

/// Logits of two classes whose softmax is `first` at class 0.
void add(std::vector<float>& scores, double first) {
  scores.push_back(float(std::log(first)));
  scores.push_back(float(std::log(1 - first)));
}

std::vector<std::int64_t> samples_of(const std::vector<Suspicion>& suspicions) {
  std::vector<std::int64_t> out;
  for (const Suspicion& suspicion : suspicions) out.push_back(suspicion.sample);
  return out;
}

/// 100, 101, ...
std::vector<std::int64_t> samples(std::size_t count) {
  std::vector<std::int64_t> out(count);
  std::iota(out.begin(), out.end(), 100);
  return out;
}

TEST(Suspicious, OtherClassesMustBeAsLikelyAsUsual) {
  std::vector<float> scores;
  // Class 0 is 65 % likely on average where it is the label, class 1 50 %.
  for (const double first : {0.9, 0.9, 0.6, 0.3, 0.3, 0.3, 0.7, 0.9, 0.2}) add(scores, first);
  const std::vector<std::int32_t> labels = {0, 0, 0, 1, 1, 1, 1, 1, 0};
  const std::vector<Suspicion> found = find_suspicious(scores, samples(9), labels, 2);
  EXPECT_EQ(samples_of(found), (std::vector<std::int64_t>{107, 108, 106}));
  EXPECT_EQ(found[0].given, 1);
  EXPECT_EQ(found[0].suggested, 0);
  EXPECT_NEAR(found[0].probability_given, 0.1f, 1e-6);
  EXPECT_NEAR(found[0].probability_suggested, 0.9f, 1e-6);
  // Without row 8 class 0 is 80 % likely on average, and row 6 too little so.
  EXPECT_EQ(samples_of(find_suspicious(std::span(scores).first(16), samples(8),
                                       std::span(labels).first(8), 2)),
            (std::vector<std::int64_t>{107}));
}

TEST(Suspicious, RefusesScoresThatDoNotFit) {
  const std::vector<std::int32_t> labels = {0, 1};
  EXPECT_THROW(find_suspicious(std::vector<float>(5), samples(2), labels, 2), Error);
  EXPECT_THROW(find_suspicious(std::vector<float>(4), samples(3), labels, 2), Error);
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
  std::vector<std::int64_t> found =
      samples_of(find_suspicious(head.scores, samples(40), labels, 2));
  std::ranges::sort(found);
  EXPECT_EQ(found, (std::vector<std::int64_t>{103, 120}));
}

TEST(Suspicious, ComesWithSourcesAndPictures) {
  const Dataset data =
      Dataset::open(std::string(NOYAU_TEST_DATA) + "/../../data/fashion-mnist-sample");
  const std::vector<Sample>& train = data.samples(Split::train);
  const auto with = [&](std::int32_t label) {
    return std::ranges::find(train, label, &Sample::label) - train.begin();
  };
  const std::vector<std::int64_t> pair = {with(3), with(5)};
  // Each looks like the other, the second more so.
  std::vector<float> scores(20);
  scores[5] = 3;
  scores[10 + 3] = 4;
  const std::vector<Suspicion> found = find_suspicious(scores, pair, data);
  ASSERT_EQ(samples_of(found), (std::vector<std::int64_t>{pair[1], pair[0]}));
  const Sample& first = train[std::size_t(pair[1])];
  EXPECT_EQ(found[0].source, "train picture " + std::to_string(first.index));
  const std::vector<SuspiciousLabel> shown = suspicious_labels(found, data, 1);
  ASSERT_EQ(shown.size(), 1u);
  EXPECT_EQ(shown[0].source, found[0].source);
  EXPECT_EQ(shown[0].picture.pixels, data.load(first).pixels);
  EXPECT_EQ(shown[0].given_class, 5);
  EXPECT_EQ(shown[0].suggested_class, 3);
}

}  // namespace
}  // namespace noyau::api
