#include "noyau/tensor.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/random.hpp"
#include "noyau/error.hpp"

namespace noyau {
namespace {

TEST(Shape, CountsFromBothEnds) {
  const Shape shape{2, 28, 20, 3};
  EXPECT_EQ(shape[0], 2);
  EXPECT_EQ(shape[-1], 3);
  EXPECT_EQ(shape.elements(), 2 * 28 * 20 * 3);
  EXPECT_EQ(to_string(shape), "2x28x20x3");
  EXPECT_EQ(to_string(Shape{}), "scalar");
}

TEST(Shape, RefusesNegativeExtentsAndTooManyOfThem) {
  EXPECT_THROW((Shape{2, -1}), Error);
  EXPECT_THROW((Shape{1, 1, 1, 1, 1, 1, 1}), Error);
}

TEST(Tensor, StartsAsZeroAndCopiesItsNumbers) {
  Tensor a(Shape{3});
  EXPECT_EQ(a.as<float>()[2], 0.0f);
  a.as<float>()[1] = 5;
  Tensor b = a;
  b.as<float>()[1] = 6;
  EXPECT_EQ(a.as<float>()[1], 5.0f);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(b.raw()) % 64, 0u);
}

// Large tensors take their memory in another way than small ones.
TEST(Tensor, OfAnySizeStartsAsZeroAndCanBeMovedAndCopied) {
  for (const std::int64_t size : {0, 1, 1'000'000, (1 << 20) - 1, 1 << 20, 1'100'000, 3'000'001}) {
    Tensor a(Shape{size});
    const auto numbers = a.as<float>();
    EXPECT_TRUE(std::all_of(numbers.begin(), numbers.end(), [](float v) { return v == 0; }));
    std::fill(numbers.begin(), numbers.end(), 2.0f);
    Tensor copy = a, moved = std::move(a);
    copy = moved;
    moved = Tensor(Shape{1});
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(copy.raw()) % 64, 0u);
    EXPECT_EQ(copy.elements(), size);
    for (const float v : copy.as<float>()) ASSERT_EQ(v, 2.0f);
  }
}

TEST(Tensor, SaysWhenMemoryIsShort) {
  try {
    Tensor tensor(Shape{std::int64_t{1} << 30, 1 << 20});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::out_of_memory);
  }
}

TEST(Random, IsAFunctionOfItsKeys) {
  Random a(1, 2, 3, 4), b(1, 2, 3, 4), c(1, 2, 3, 5);
  const auto first = a.next();
  EXPECT_EQ(first, b.next());
  EXPECT_NE(first, c.next());
}

TEST(Random, HasTheMomentsItClaims) {
  Random random(7);
  double uniform = 0, normal = 0, squares = 0;
  constexpr int kDraws = 100000;
  for (int i = 0; i < kDraws; ++i) {
    uniform += random.uniform();
    const double z = random.normal();
    normal += z;
    squares += z * z;
  }
  EXPECT_NEAR(uniform / kDraws, 0.5, 0.005);
  EXPECT_NEAR(normal / kDraws, 0.0, 0.015);
  EXPECT_NEAR(squares / kDraws, 1.0, 0.02);
}

TEST(Random, BelowCoversItsRangeEvenly) {
  Random random(3);
  std::vector<int> count(7);
  for (int i = 0; i < 70000; ++i) ++count[random.below(7)];
  for (const int n : count) EXPECT_NEAR(n, 10000, 400);
}

}  // namespace
}  // namespace noyau
