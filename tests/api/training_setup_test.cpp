#include "api/training_setup.hpp"

#include <gtest/gtest.h>

namespace noyau::api {
namespace {

std::vector<std::int64_t> sizes(double progressive, std::int64_t epochs, std::int64_t last) {
  TrainOptions options;
  options.progressive = progressive;
  options.epochs = epochs;
  std::vector<std::int64_t> list;
  for (std::int64_t epoch = 0; epoch < epochs; ++epoch)
    list.push_back(input_of_epoch(options, {last, last, 3}, epoch).height);
  return list;
}

using Sizes = std::vector<std::int64_t>;

TEST(InputOfEpoch, GrowsInFourStepsToTheLastSize) {
  EXPECT_EQ(sizes(0.5, 8, 224), (Sizes{112, 112, 148, 148, 188, 188, 224, 224}));
  EXPECT_EQ(sizes(0.6, 4, 28), (Sizes{16, 20, 24, 28}));
}

TEST(InputOfEpoch, IsTheLastSizeWithoutProgress) {
  EXPECT_EQ(sizes(1, 3, 30), (Sizes{30, 30, 30}));
}

TEST(InputOfEpoch, EndsWithTheLastSizeInShortRuns) {
  EXPECT_EQ(sizes(0.5, 1, 32), (Sizes{32}));
  EXPECT_EQ(sizes(0.5, 2, 32), (Sizes{16, 32}));
}

TEST(InputOfEpoch, IsNeverUnderEightPixelsOrOverTheLast) {
  EXPECT_EQ(sizes(0.25, 4, 16), (Sizes{8, 8, 12, 16}));
  EXPECT_EQ(sizes(0.9, 4, 6), (Sizes{6, 6, 6, 6}));
}

}  // namespace
}  // namespace noyau::api
