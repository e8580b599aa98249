#include "kernels/reduce/sum_squares.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "kernels/harness.hpp"

namespace noyau::kernels::testing {
namespace {

// Calls body() on each target of this machine.
template <class Body>
void on_targets(const Body& body) {
  for (const std::string& name : targets()) {
    use_target(name);
    body();
  }
  use_target("");
}

TEST(SumSquares, EqualsTheReference) {
  Draw draw(3);
  for (std::int64_t n = 0; n < 300; ++n) {
    const std::vector<float> x = floats(draw.tensor(n, -1e30, 1e30));  // squares beyond f32
    const double want = sum_squares_reference(x);
    on_targets([&] { EXPECT_NEAR(sum_squares(x), want, want * 1e-14) << n << " " << target(); });
  }
}

TEST(SumSquares, KeepsSmallSquares) {
  const std::vector<float> x(1000, 1e-30f);  // squares below f32
  const double want = 1000 * double(1e-30f) * double(1e-30f);
  on_targets([&] { EXPECT_NEAR(sum_squares(x), want, want * 1e-12) << target(); });
}

TEST(SumSquares, IsNotFiniteWhenAnElementIsNot) {
  std::vector<float> x(133, 1.0f);
  for (const float bad :
       {std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN()}) {
    for (std::size_t i = 0; i < x.size(); ++i) {
      x[i] = bad;
      on_targets([&] { EXPECT_FALSE(std::isfinite(sum_squares(x))) << i << " " << target(); });
      x[i] = 1;
    }
  }
}

}  // namespace
}  // namespace noyau::kernels::testing
