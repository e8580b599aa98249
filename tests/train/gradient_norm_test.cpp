#include "train/gradient_norm.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace noyau::training {
namespace {

TEST(GradientNorm, IsTheSameForAnyNumberOfThreads) {
  std::vector<float> a(100'003), b(5);
  for (std::size_t i = 0; i < a.size(); ++i) a[i] = float(std::sin(double(i)));
  b[4] = 3e30f;
  const auto norm = [&](int threads) {
    ThreadPool pool(threads);
    return GradientNorm({a, b}).compute(pool);
  };
  const double one = norm(1);
  EXPECT_NEAR(one / 3e30, 1.0, 1e-6);
  for (const int threads : {2, 3, 4, 7}) EXPECT_EQ(norm(threads), one);
  b[0] = INFINITY;
  EXPECT_FALSE(std::isfinite(norm(2)));
}

}  // namespace
}  // namespace noyau::training
