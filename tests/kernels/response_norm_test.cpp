#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "kernels/harness.hpp"

namespace noyau::kernels::testing {
namespace {

LocalResponseNorm draw_norm(Draw& draw, int i) {
  LocalResponseNorm p;
  p.channels = i % 3 == 0 ? draw.one_of({1, 2, 8, 16, 64, 96, 255, 256, 257, 300, 600})
                          : draw.integer(1, 80);
  p.rows = draw.integer(1, 1 + 2000 / p.channels);
  p.size = i % 4 == 0 ? draw.integer(1, 64) : draw.integer(1, 9);
  p.alpha = draw.coin() ? 1 : 1e-4;
  constexpr double kBetas[] = {0.75, 0.5, 1, 0.3};
  p.beta = kBetas[draw.integer(0, 3)];
  p.k = double(draw.integer(1, 4)) / 2;
  return p;
}

Case make_case(Draw& draw, std::string_view family, const LocalResponseNorm& p) {
  const std::int64_t n = p.rows * p.channels;
  const double range = draw.coin() ? 30 : 1;
  Case test{family, p, {}, {{n}}, 5e-6};
  if (family == "local_response_norm_grad") test.inputs.push_back(draw.tensor(n));
  test.inputs.push_back(draw.tensor(n, -range, range));
  return test;
}

void check_family(std::string_view family) {
  Draw draw(61);
  std::vector<Case> cases;
  for (int i = 0; i < 510; ++i) cases.push_back(make_case(draw, family, draw_norm(draw, i)));
  LocalResponseNorm large;
  large.rows = 700;
  large.channels = 96;
  cases.push_back(make_case(draw, family, large));
  check_threads(cases.back());
  check_all(cases);
}

TEST(LocalResponseNorm, EqualsReference) { check_family("local_response_norm"); }
TEST(LocalResponseNormGrad, EqualsReference) { check_family("local_response_norm_grad"); }

// Size 2: a channel and the one before it.
TEST(LocalResponseNorm, ByHand) {
  LocalResponseNorm p;
  p.channels = 2;
  p.size = 2;
  p.alpha = 2;
  p.beta = 1;
  p.k = 1;
  for (std::size_t row = 0; row < 2; ++row) {
    const Case test{"local_response_norm", p, {tensor_of({1.f, 2.f})}, {{2}}};
    const auto y = floats(run(family("local_response_norm")[row], test, 1)[0]);
    EXPECT_NEAR(y[0], 1.0 / 2, 1e-6);  // 1 / (1 + 1)
    EXPECT_NEAR(y[1], 2.0 / 6, 1e-6);  // 2 / (1 + 1 + 4)
    const Case back{
        "local_response_norm_grad", p, {tensor_of({0.f, 1.f}), tensor_of({1.f, 2.f})}, {{2}}};
    const auto dx = floats(run(family("local_response_norm_grad")[row], back, 1)[0]);
    EXPECT_NEAR(dx[0], -2 * 2 * 1 / 36.0, 1e-6);
    EXPECT_NEAR(dx[1], 1.0 / 6 - 2 * 2 * 2 / 36.0, 1e-6);
  }
}

TEST(LocalResponseNorm, SpreadsNaNOverItsWindows) {
  LocalResponseNorm p;
  p.channels = 4;
  p.size = 3;
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (const double beta : {0.75, 0.6}) {
    p.beta = beta;
    for (const Kernel& kernel : family("local_response_norm")) {
      const Case test{"local_response_norm", p, {tensor_of({1.f, 2.f, 3.f, nan})}, {{4}}};
      const auto y = floats(run(kernel, test, 1)[0]);
      EXPECT_FALSE(std::isnan(y[1]));
      EXPECT_TRUE(std::isnan(y[2]));
      EXPECT_TRUE(std::isnan(y[3]));
    }
  }
}

TEST(LocalResponseNorm, WideWindowsGoToTheReferenceWithAReason) {
  LocalResponseNorm p;
  p.size = 65;
  EXPECT_NE(family("local_response_norm")[0].refuse(p).find("got 65"), std::string::npos);
}

}  // namespace
}  // namespace noyau::kernels::testing
