#include <gtest/gtest.h>

#include <cmath>

#include "kernels/harness.hpp"

namespace noyau::kernels::testing {
namespace {

Case forward(Draw& draw, const LayerNorm& p, double centre) {
  const std::int64_t n = p.rows * p.columns, statistics = draw.coin() ? p.rows : 0;
  Case test{"layer_norm", p, {}, {{n}, {statistics}, {statistics}}, 1e-5};
  test.inputs = {draw.tensor(n, centre - 1, centre + 1),
                 draw.coin() ? draw.tensor(p.columns) : Tensor(),
                 draw.coin() ? draw.tensor(p.columns) : Tensor()};
  return test;
}

// Mean and inverse deviation are those of x. Fewer than four elements leave next to nothing of dx.
Case backward(Draw& draw, LayerNorm p) {
  if (p.columns < 4) p.columns *= 4;
  const std::int64_t n = p.rows * p.columns;
  const std::int64_t parameters = draw.integer(0, 4) != 0 ? p.columns : 0;
  Case test{"layer_norm_grad", p, {}, {{n}, {parameters}, {parameters}}, 1e-5};
  const Tensor x = draw.tensor(n, -1, 2), weight = draw.coin() ? draw.tensor(p.columns) : Tensor();
  const Results r = run_reference({"layer_norm", p, {x, {}, {}}, {{n}, {p.rows}, {p.rows}}});
  test.inputs = {draw.tensor(n), x, weight, r[1], r[2]};
  return test;
}

LayerNorm draw_norm(Draw& draw, int i) {
  LayerNorm p;
  p.columns = i % 3 == 0 ? draw.one_of({2, 16, 64, 96, 192, 768, 1030}) : draw.integer(2, 120);
  p.rows = draw.integer(1, 1 + 6000 / p.columns);
  if (i % 4 == 0) {
    p.channels = draw.integer(1, 20);
    p.columns = std::max<std::int64_t>(2, p.columns / p.channels) * p.channels;
  }
  p.eps = draw.coin() ? 1e-5 : 1e-3;
  return p;
}

LayerNorm large() {
  LayerNorm p;
  p.rows = 1500;
  p.columns = 70;
  return p;
}

TEST(LayerNorm, EqualsReference) {
  Draw draw(81);
  std::vector<Case> cases;
  for (int i = 0; i < 510; ++i)
    cases.push_back(forward(draw, draw_norm(draw, i), double(draw.integer(-3, 3))));
  cases.push_back(forward(draw, large(), 0));
  check_threads(cases.back());
  check_all(cases);
}

TEST(LayerNormGrad, EqualsReference) {
  Draw draw(82);
  std::vector<Case> cases;
  for (int i = 0; i < 510; ++i) cases.push_back(backward(draw, draw_norm(draw, i)));
  cases.push_back(backward(draw, large()));
  check_threads(cases.back());
  check_all(cases);
}

TEST(LayerNorm, KeepsDigitsFarFromZero) {
  Draw draw(83);
  std::vector<Case> cases;
  for (int i = 0; i < 20; ++i) {
    LayerNorm p = draw_norm(draw, i);
    p.channels = 0;
    p.columns += 8;
    cases.push_back(forward(draw, p, 100));
  }
  check_all(cases);
}

// Two positions of two channels; the weights lie channel by channel.
TEST(LayerNorm, ByHand) {
  LayerNorm p;
  p.columns = 4;
  p.channels = 2;
  p.eps = 0;
  for (std::size_t row = 0; row < 2; ++row) {
    const Case test{"layer_norm",
                    p,
                    {tensor_of({2.f, 2.f, 4.f, 4.f}), tensor_of({1.f, 2.f, 3.f, 4.f}),
                     tensor_of({0.f, 0.f, 0.f, 1.f})},
                    {{4}, {1}, {1}}};
    const Results r = run(family("layer_norm")[row], test, 1);
    EXPECT_EQ(floats(r[0]), (std::vector<float>{-1, -3, 2, 5}));
    EXPECT_EQ(floats(r[1]), std::vector<float>{3});
    EXPECT_EQ(floats(r[2]), std::vector<float>{1});
    const Case back{"layer_norm_grad",
                    p,
                    {tensor_of({1.f, 0.f, 0.f, 2.f}), test.inputs[0], test.inputs[1], r[1], r[2]},
                    {{4}, {4}, {4}}};
    const Results g = run(family("layer_norm_grad")[row], back, 1);
    // dy times weight is 1 0 0 8: less the mean 9/4, less the slope 7/4 times -1 -1 1 1.
    EXPECT_EQ(floats(g[0]), (std::vector<float>{0.5, -0.5, -4, 4}));
    EXPECT_EQ(floats(g[1]), (std::vector<float>{-1, 0, 0, 2}));
    EXPECT_EQ(floats(g[2]), (std::vector<float>{1, 0, 0, 2}));
  }
}

}  // namespace
}  // namespace noyau::kernels::testing
