#include <gtest/gtest.h>

#include <cmath>

#include "kernels/harness.hpp"

namespace noyau::kernels::testing {
namespace {

Case forward(Draw& draw, const GroupNorm& p, double centre) {
  const std::int64_t n = p.batch * p.positions * p.channels, c = p.channels;
  const std::int64_t statistics = draw.coin() ? p.batch * p.groups : 0;
  Case test{"group_norm", p, {}, {{n}, {statistics}, {statistics}}, 1e-5};
  test.inputs = {draw.tensor(n, centre - 1, centre + 1), draw.coin() ? draw.tensor(c) : Tensor(),
                 draw.coin() ? draw.tensor(c) : Tensor()};
  return test;
}

// Mean and inverse deviation are those of x. Fewer than four elements leave next to nothing of dx.
Case backward(Draw& draw, GroupNorm p) {
  if (p.positions * p.channels / p.groups < 4) p.positions = 4;
  const std::int64_t n = p.batch * p.positions * p.channels, c = p.channels;
  const bool parameters = draw.integer(0, 4) != 0;
  Case test{"group_norm_grad", p, {}, {{n}, {parameters ? c : 0}, {parameters ? c : 0}}, 1e-5};
  const Tensor x = draw.tensor(n, -1, 2), weight = draw.coin() ? draw.tensor(c) : Tensor();
  const std::int64_t statistics = p.batch * p.groups;
  const Results r =
      run_reference({"group_norm", p, {x, {}, {}}, {{n}, {statistics}, {statistics}}});
  test.inputs = {draw.tensor(n), x, weight, r[1], r[2]};
  return test;
}

GroupNorm draw_norm(Draw& draw, int i) {
  GroupNorm p;
  p.groups = i % 3 == 0 ? draw.one_of({1, 2, 8, 32}) : draw.integer(1, 6);
  p.channels = p.groups * draw.integer(1, i % 5 == 0 ? 40 : 8);
  p.batch = draw.integer(1, 4);
  p.positions = draw.integer(1, 1 + 4000 / p.channels);
  if (i % 7 == 0) p.positions = draw.one_of({1, 2, 15, 16, 17});
  p.eps = draw.coin() ? 1e-5 : 1e-3;
  return p;
}

GroupNorm large() {
  GroupNorm p;
  p.batch = 3;
  p.positions = 1300;
  p.channels = 48;
  p.groups = 6;
  return p;
}

TEST(GroupNorm, EqualsReference) {
  Draw draw(71);
  std::vector<Case> cases;
  // Means are judged by their own magnitude: none lies near zero by chance.
  for (int i = 0; i < 510; ++i)
    cases.push_back(forward(draw, draw_norm(draw, i), double(draw.integer(-3, 3)) + 0.5));
  cases.push_back(forward(draw, large(), 0));
  check_threads(cases.back());
  check_all(cases);
}

TEST(GroupNormGrad, EqualsReference) {
  Draw draw(72);
  std::vector<Case> cases;
  for (int i = 0; i < 510; ++i) cases.push_back(backward(draw, draw_norm(draw, i)));
  cases.push_back(backward(draw, large()));
  check_threads(cases.back());
  check_all(cases);
}

TEST(GroupNorm, KeepsDigitsFarFromZero) {
  Draw draw(73);
  std::vector<Case> cases;
  for (int i = 0; i < 20; ++i) {
    GroupNorm p = draw_norm(draw, i);
    p.positions += 8;
    cases.push_back(forward(draw, p, 100));
  }
  check_all(cases);
}

// Two channels in one group: mean 2, deviation 1.
TEST(GroupNorm, ByHand) {
  GroupNorm p;
  p.channels = 4;
  p.groups = 2;
  p.eps = 0;
  for (std::size_t row = 0; row < 2; ++row) {
    const Case test{"group_norm",
                    p,
                    {tensor_of({1.f, 3.f, 5.f, 9.f}), tensor_of({1.f, 2.f, 3.f, 4.f}),
                     tensor_of({0.f, 0.f, 0.f, 1.f})},
                    {{4}, {2}, {2}}};
    const Results r = run(family("group_norm")[row], test, 1);
    EXPECT_EQ(floats(r[0]), (std::vector<float>{-1, 2, -3, 5}));
    EXPECT_EQ(floats(r[1]), (std::vector<float>{2, 7}));
    EXPECT_EQ(floats(r[2]), (std::vector<float>{1, 0.5}));
    const Case back{"group_norm_grad",
                    p,
                    {tensor_of({1.f, 1.f, 1.f, 0.f}), test.inputs[0], test.inputs[1], r[1], r[2]},
                    {{4}, {4}, {4}}};
    const Results g = run(family("group_norm_grad")[row], back, 1);
    // Two elements leave nothing after mean and slope are taken out.
    EXPECT_EQ(floats(g[0]), (std::vector<float>{0, 0, 0, 0}));
    EXPECT_EQ(floats(g[1]), (std::vector<float>{-1, 1, -1, 0}));
    EXPECT_EQ(floats(g[2]), (std::vector<float>{1, 1, 1, 0}));
  }
}

}  // namespace
}  // namespace noyau::kernels::testing
