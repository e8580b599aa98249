#include "data/augment/mix.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "data/augment/augment.hpp"
#include "data/augment/beta.hpp"

namespace noyau::test {
namespace {

constexpr std::int64_t kHeight = 6, kWidth = 8, kClasses = 7;

/// Picture i is filled with i; its class is i.
Batch make_batch(std::int64_t rows, std::int64_t step = 0) {
  Batch batch;
  batch.images = Tensor({rows, kHeight, kWidth, 2});
  batch.labels = Tensor({rows}, DType::i32);
  batch.targets = Tensor({rows, kClasses});
  batch.step = step;
  const std::int64_t size = batch.images.elements() / rows;
  for (std::int64_t i = 0; i < batch.images.elements(); ++i)
    batch.images.as<float>()[std::size_t(i)] = float(i / size);
  std::ranges::fill(batch.targets.as<float>(), 0.0f);
  for (std::int64_t i = 0; i < rows; ++i) {
    batch.labels.as<std::int32_t>()[std::size_t(i)] = std::int32_t(i);
    batch.targets.as<float>()[std::size_t(i * kClasses + i)] = 1;
  }
  return batch;
}

Batch mixed(const std::string& list, std::int64_t rows, std::int64_t step = 0) {
  Batch batch = make_batch(rows, step);
  data::mix(batch, data::resolve(parse_augmentations(list)), 5);
  return batch;
}

float target(const Batch& batch, std::int64_t row, std::int64_t label) {
  return batch.targets.as<float>()[std::size_t(row * kClasses + label)];
}

/// The mean of a picture is the share of the other label times the distance of the two, away from
/// its own: pictures and targets were mixed in the same proportion.
void expect_pixels_fit_targets(const Batch& batch) {
  const std::int64_t rows = batch.images.shape()[0], size = batch.images.elements() / rows;
  for (std::int64_t row = 0; row < rows; ++row) {
    double mean = 0, expected = 0, sum = 0;
    for (std::int64_t k = 0; k < size; ++k)
      mean += double(batch.images.as<float>()[std::size_t(row * size + k)]) / double(size);
    for (std::int64_t label = 0; label < kClasses; ++label) {
      expected += double(label) * double(target(batch, row, label));
      sum += double(target(batch, row, label));
    }
    EXPECT_NEAR(mean, expected, 1e-5);
    EXPECT_NEAR(sum, 1, 1e-6);
  }
}

TEST(Mix, PicturesAndTargetsAreMixedInTheSameProportion) {
  for (const char* list : {"mixup=0.2", "mixup=1", "cutmix=0.3", "cutmix=1"})
    for (std::int64_t step = 0; step < 20; ++step)
      for (const std::int64_t rows : {1, 2, 5, 6})
        expect_pixels_fit_targets(mixed(list, rows, step));
}

TEST(Mix, PairsRunFromBothEnds) {
  const Batch batch = mixed("mixup=1", 5);
  EXPECT_GT(target(batch, 0, 4), 0);
  EXPECT_EQ(target(batch, 0, 4), target(batch, 4, 0));
  EXPECT_EQ(target(batch, 1, 3), target(batch, 0, 4));  // one share for the batch
  EXPECT_EQ(target(batch, 0, 2), 0);
  EXPECT_EQ(target(batch, 2, 2), 1);  // the middle one is its own partner
}

TEST(Mix, CutMixPastesOneRectangle) {
  const Batch batch = mixed("cutmix=1", 2, 3);
  std::int64_t pasted = 0, top = kHeight, bottom = -1, left = kWidth, right = -1;
  for (std::int64_t y = 0; y < kHeight; ++y)
    for (std::int64_t x = 0; x < kWidth; ++x) {
      const float value = batch.images.as<float>()[std::size_t((y * kWidth + x) * 2)];
      ASSERT_TRUE(value == 0 || value == 1);
      if (value == 0) continue;
      ++pasted;
      top = std::min(top, y), bottom = std::max(bottom, y);
      left = std::min(left, x), right = std::max(right, x);
    }
  ASSERT_GT(pasted, 0);
  EXPECT_EQ(pasted, (bottom - top + 1) * (right - left + 1));
}

TEST(Mix, NeutralValuesChangeNothing) {
  for (const char* list : {"mixup=0", "cutmix=0"}) {
    const Batch batch = mixed(list, 6), before = make_batch(6);
    EXPECT_TRUE(std::ranges::equal(batch.images.as<float>(), before.images.as<float>()));
    for (std::int64_t row = 0; row < 6; ++row) EXPECT_EQ(target(batch, row, row), 1);
  }
}

TEST(Mix, EachBatchDrawsOneOfTheSteps) {
  int cut = 0;
  for (std::int64_t step = 0; step < 400; ++step) {
    const Batch batch = mixed("flip,mixup=1,cutmix=1", 2, step);
    const auto pixels = batch.images.as<float>();
    cut += std::ranges::all_of(pixels, [](float v) { return v == std::round(v); });
  }
  EXPECT_TRUE(cut > 150 && cut < 250) << cut;
}

TEST(Beta, HasTheMomentsOfItsDistribution) {
  for (const double alpha : {0.01, 0.2, 1.0, 4.0}) {
    Random random(9);
    double sum = 0, squares = 0;
    constexpr int kDraws = 20000;
    for (int i = 0; i < kDraws; ++i) {
      const double x = data::draw_beta(random, alpha);
      ASSERT_TRUE(x >= 0 && x <= 1) << x;
      sum += x;
      squares += (x - 0.5) * (x - 0.5);
    }
    EXPECT_NEAR(sum / kDraws, 0.5, 0.015) << alpha;
    EXPECT_NEAR(squares / kDraws, 1 / (4 * (2 * alpha + 1)), 0.005) << alpha;
  }
}

}  // namespace
}  // namespace noyau::test
