#include <gtest/gtest.h>

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

}  // namespace
}  // namespace noyau::kernels::testing
