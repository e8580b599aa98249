#include "train/ridge_rows.hpp"

#include <gtest/gtest.h>

namespace noyau::training {
namespace {

using Rows = std::vector<std::size_t>;

TEST(EvenRows, AllWhenTheyFit) {
  EXPECT_EQ(even_rows(std::vector<std::int32_t>{1, 0, 1}, 2, 3), (Rows{0, 1, 2}));
}

TEST(EvenRows, RareClassesKeepAll) {
  const std::vector<std::int32_t> labels = {0, 0, 0, 0, 2, 0, 0, 2, 0, 0};
  EXPECT_EQ(even_rows(labels, 3, 6), (Rows{0, 2, 4, 5, 7, 8}));
}

TEST(EvenRows, NoClassIsLost) {
  EXPECT_EQ(even_rows(std::vector<std::int32_t>{3, 1, 3, 2}, 4, 2), (Rows{0, 1, 3}));
}

TEST(EvenRows, AreFarApart) {
  EXPECT_EQ(even_rows(std::vector<std::int32_t>(10, 0), 1, 2), (Rows{0, 5}));
}

}  // namespace
}  // namespace noyau::training
