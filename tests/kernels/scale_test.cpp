#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "kernels/harness.hpp"

namespace noyau::kernels::testing {
namespace {

Scale draw_scale(Draw& draw, int i) {
  Scale p;
  p.inner = i % 2 == 0 ? draw.integer(1, 70) : draw.one_of({1, 2, 3, 16, 64, 130, 257});
  p.middle = draw.coin() ? draw.integer(1, 60) : draw.one_of({1, 49, 700});
  p.outer = draw.coin() ? 1 : draw.integer(1, 5);
  p.gated = draw.coin();
  return p;
}

std::int64_t elements(const Scale& p) { return p.outer * p.middle * p.inner; }

Case scale(Draw& draw, const Scale& p, bool own_gate) {
  Case test{"scale", p, {}, {{elements(p)}}, 1e-6};
  test.inputs = {draw.tensor(elements(p)), draw.tensor(p.outer * p.inner)};
  if (!own_gate) test.inputs.push_back(draw.tensor(elements(p)));
  return test;
}

// Not gated, with what is added to the product.
Case scale_and_add(Draw& draw, Scale p) {
  p.gated = false;
  p.residual = draw.coin();
  p.spread = draw.coin();
  p.activation = draw.coin() ? Activation::relu : Activation::none;
  Case test{"scale", p, {}, {{elements(p)}}, 1e-6};
  test.inputs = {draw.tensor(elements(p)), draw.tensor(p.outer * p.inner)};
  test.inputs.push_back(p.residual ? draw.tensor(elements(p)) : Tensor());
  test.inputs.push_back(p.spread ? draw.tensor(p.outer * p.inner) : Tensor());
  return test;
}

Case scale_relu_grad(Draw& draw, Scale p) {
  p.gated = false;
  return {"scale_relu_grad",
          p,
          {draw.tensor(elements(p)), draw.tensor(elements(p)), draw.tensor(elements(p))},
          {{elements(p)}, {p.outer * p.inner}},
          5e-6};
}

Case scale_grad(Draw& draw, const Scale& p) {
  return {"scale_grad",
          p,
          {draw.tensor(elements(p)), draw.tensor(elements(p))},
          {{p.outer * p.inner}},
          5e-6};
}

TEST(Scale, EqualsReference) {
  Draw draw(51);
  std::vector<Case> cases;
  for (int i = 0; i < 500; ++i) cases.push_back(scale(draw, draw_scale(draw, i), draw.coin()));
  for (const std::int64_t inner : {1, 3, 48}) {
    cases.push_back(
        scale(draw, {.outer = 2, .middle = 20001, .inner = inner, .gated = true}, true));
    check_threads(cases.back());
  }
  check_all(cases);
}

TEST(Scale, GradEqualsReference) {
  Draw draw(52);
  std::vector<Case> cases;
  for (int i = 0; i < 500; ++i) cases.push_back(scale_grad(draw, draw_scale(draw, i)));
  for (const std::int64_t inner : {1, 3, 48, 300}) {
    cases.push_back(scale_grad(draw, {.outer = 2, .middle = 5001, .inner = inner, .gated = true}));
    check_threads(cases.back());
  }
  check_all(cases);
}

TEST(Scale, WithResidualSpreadAndReluEqualsReference) {
  Draw draw(53);
  std::vector<Case> cases;
  for (int i = 0; i < 500; ++i) cases.push_back(scale_and_add(draw, draw_scale(draw, i)));
  for (const std::int64_t inner : {1, 3, 48}) {
    cases.push_back(scale_and_add(draw, {.outer = 2, .middle = 20001, .inner = inner}));
    check_threads(cases.back());
  }
  check_all(cases);
}

TEST(Scale, ReluGradEqualsReference) {
  Draw draw(54);
  std::vector<Case> cases;
  for (int i = 0; i < 500; ++i) cases.push_back(scale_relu_grad(draw, draw_scale(draw, i)));
  for (const std::int64_t inner : {1, 3, 48, 300}) {
    cases.push_back(scale_relu_grad(draw, {.outer = 2, .middle = 5001, .inner = inner}));
    check_threads(cases.back());
  }
  check_all(cases);
}

TEST(Scale, ByHand) {
  const Scale plain{.outer = 2, .middle = 2, .inner = 1},
      gated{.middle = 2, .inner = 2, .gated = true};
  const auto x = [] { return tensor_of({1.f, -2.f, 0.f, 4.f}); };
  const auto dy = [] { return tensor_of({5.f, 6.f, 7.f, 8.f}); };
  const auto factors = [] { return tensor_of({10.f, 100.f}); };
  for (const Kernel& k : family("scale")) {
    const auto result = [&](const Scale& p, std::vector<Tensor> inputs) {
      return floats(run(k, Case{"scale", p, std::move(inputs), {{4}}}, 1)[0]);
    };
    EXPECT_EQ(result(plain, {x(), factors()}), (std::vector<float>{10, -20, 0, 400}));
    EXPECT_EQ(result(gated, {x(), factors()}), (std::vector<float>{1, -200, 0, 4}));
    EXPECT_EQ(result(gated, {dy(), factors(), x()}), (std::vector<float>{5, 600, 70, 8}));
  }
  for (const Kernel& k : family("scale_grad")) {
    const auto result = [&](const Scale& p) {
      return floats(run(k, Case{"scale_grad", p, {dy(), x()}, {{2}}}, 1)[0]);
    };
    EXPECT_EQ(result(plain), (std::vector<float>{-7, 32}));
    EXPECT_EQ(result(gated), (std::vector<float>{0, -12}));
  }
}

TEST(Scale, ResidualSpreadAndReluByHand) {
  const Scale all{
      .middle = 2, .inner = 2, .residual = true, .spread = true, .activation = Activation::relu};
  Scale linear = all;
  linear.activation = Activation::none;
  for (const Kernel& k : family("scale")) {
    const auto result = [&](const Scale& p) {
      std::vector<Tensor> inputs = {tensor_of({1, -2, 0, 4}), tensor_of({10, 100}),
                                    tensor_of({1, 2, 3, 4}), tensor_of({-8, -6})};
      return floats(run(k, Case{"scale", p, std::move(inputs), {{4}}}, 1)[0]);
    };
    EXPECT_EQ(result(linear), (std::vector<float>{7, -201, -1, 401}));
    EXPECT_EQ(result(all), (std::vector<float>{7, 0, 0, 401}));
  }
  for (const Kernel& k : family("scale_relu_grad")) {
    const Case test{"scale_relu_grad",
                    Scale{.middle = 2, .inner = 2},
                    {tensor_of({5, 6, 7, 8}), tensor_of({1, -2, 0, 4}), tensor_of({1, 0, -1, 2})},
                    {{4}, {2}}};
    const Results results = run(k, test, 1);
    EXPECT_EQ(floats(results[0]), (std::vector<float>{5, 0, 0, 8}));
    EXPECT_EQ(floats(results[1]), (std::vector<float>{5, 32}));
  }
}

TEST(Scale, ReluKeepsNan) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (const Kernel& k : family("scale")) {
    const Case test{"scale",
                    Scale{.inner = 1, .activation = Activation::relu},
                    {tensor_of({nan}), tensor_of({2})},
                    {{1}}};
    EXPECT_TRUE(std::isnan(floats(run(k, test, 1)[0])[0])) << k.name;
  }
}

}  // namespace
}  // namespace noyau::kernels::testing
