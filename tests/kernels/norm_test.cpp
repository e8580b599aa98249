#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "kernels/harness.hpp"
#include "kernels/norm/norm.hpp"

namespace noyau::kernels::testing {
namespace {

// x and y lie among the channels of wider tensors, of some.
void widen(Draw& draw, Norm& p, bool y) {
  if (p.channels % 16 != 0) return;
  if (draw.coin()) p.x_width = p.channels + draw.integer(1, 70);
  if (y && draw.coin()) p.y_width = p.channels + draw.integer(1, 70);
}
std::int64_t x_elements(const Norm& p) { return (p.rows - 1) * x_row(p) + p.channels; }
std::int64_t y_elements(const Norm& p) { return (p.rows - 1) * y_row(p) + p.channels; }

Case forward(Draw& draw, Norm p, bool affine) {
  widen(draw, p, true);
  const std::int64_t n = p.rows * p.channels, c = p.channels;
  const double centre = double(draw.integer(-3, 3));
  const std::int64_t saved = p.training ? c : 0;
  Case test{"batch_norm", p, {}, {{y_elements(p)}, {saved}, {saved}, {saved}}, 3e-5};
  test.inputs = {draw.tensor(x_elements(p), centre - 1, centre + 1),
                 affine ? draw.tensor(c) : Tensor(),
                 affine ? draw.tensor(c) : Tensor(),
                 draw.tensor(c, centre - 1, centre + 1),
                 draw.tensor(c, 0.5, 2),
                 p.residual ? draw.tensor(n) : Tensor()};
  return test;
}

Case again(Draw& draw, Norm p) {
  widen(draw, p, true);
  const std::int64_t n = p.rows * p.channels, c = p.channels;
  Case test{"batch_norm_apply", p, {}, {{y_elements(p)}}, 3e-5};
  test.inputs = {draw.tensor(x_elements(p), -1, 3), draw.tensor(c, -1, 3), draw.tensor(c, 0.5, 2),
                 draw.coin() ? draw.tensor(c) : Tensor(), p.residual ? draw.tensor(n) : Tensor()};
  return test;
}

Case statistics(Draw& draw, Norm p) {
  widen(draw, p, false);
  const std::int64_t c = p.channels;
  Case test{"batch_norm_statistics", p, {}, {{c}, {c}, {c}}, 3e-5};
  test.inputs = {draw.tensor(x_elements(p), -1, 3), draw.coin() ? draw.tensor(c) : Tensor(),
                 draw.tensor(c, -1, 1), draw.tensor(c, 0.5, 2)};
  return test;
}

Case joined(Draw& draw, Norm p) {
  p.training = true;
  p.before = draw.integer(1, 70);
  widen(draw, p, false);
  const std::int64_t c = p.before + p.channels;
  Case test{"batch_norm_statistics_join", p, {}, {{c}, {c}, {c}}, 3e-5};
  test.inputs = {draw.tensor(p.before),
                 draw.tensor(p.before, 0.5, 2),
                 draw.tensor(x_elements(p), -1, 3),
                 draw.coin() ? draw.tensor(c) : Tensor(),
                 draw.tensor(c, -1, 1),
                 draw.tensor(c, 0.5, 2)};
  return test;
}

Case grad_input(Draw& draw, Norm p) {
  p.training = true;
  // Parts of wider residuals only where channels are whole vectors.
  if (p.residual && p.channels % 16 == 0 && draw.coin()) {
    p.residual_begin = draw.integer(0, 40);
    p.residual_width = p.residual_begin + p.channels + draw.integer(0, 40);
  }
  widen(draw, p, false);
  const std::int64_t width = p.residual_width == 0 ? p.channels : p.residual_width;
  const std::int64_t n = p.rows * p.channels, c = p.channels;
  Case test{"batch_norm_grad_input", p, {}, {{n}}, 3e-5};
  test.inputs = {draw.tensor(n),
                 draw.tensor(x_elements(p), -1, 2),
                 draw.coin() ? draw.tensor(c) : Tensor(),
                 draw.tensor(c, -1, 1),
                 draw.tensor(c, 0.5, 2),
                 draw.tensor(c, -9, 9),
                 draw.tensor(c, -9, 9),
                 p.residual ? draw.tensor(p.rows * width) : Tensor()};
  return test;
}

Case backward(Draw& draw, Norm p, bool affine, bool parameters) {
  const std::int64_t n = p.rows * p.channels, c = p.channels;
  const bool masked = p.activation != Activation::none, from_y = masked && draw.coin();
  Case test{"batch_norm_grad",
            p,
            {},
            {{n}, {parameters ? c : 0}, {parameters ? c : 0}, {p.residual ? n : 0}},
            3e-5};
  test.inputs = {draw.tensor(n),
                 draw.tensor(n, -1, 2),
                 affine ? draw.tensor(c) : Tensor(),
                 draw.tensor(c, -1, 1),
                 draw.tensor(c, 0.5, 2),
                 from_y ? draw.tensor(n, -1, 7) : Tensor(),
                 masked && !from_y ? draw.tensor(c, -1, 4) : Tensor()};
  return test;
}

Norm draw_norm(Draw& draw, int i) {
  Norm p;
  p.channels = i % 3 == 0 ? draw.one_of({1, 2, 3, 8, 16, 32, 64, 96, 128, 256, 300, 512})
                          : draw.integer(1, 140);
  p.rows =
      std::max<std::int64_t>(1, std::min<std::int64_t>(draw.integer(1, 1300), 8000 / p.channels));
  if (i % 7 == 0) p.rows = draw.one_of({1, 2, 15, 16, 17});
  p.training = i % 4 != 1;
  p.residual = draw.coin();
  p.activation = Activation(draw.integer(0, 2));
  p.momentum = draw.coin() ? 0.1 : 0.01;
  return p;
}

TEST(BatchNorm, EqualsReference) {
  Draw draw(11);
  std::vector<Case> cases;
  for (int i = 0; i < 520; ++i) cases.push_back(forward(draw, draw_norm(draw, i), draw.coin()));
  check_all(cases);
}

TEST(BatchNormGrad, EqualsReference) {
  Draw draw(12);
  std::vector<Case> cases;
  for (int i = 0; i < 520; ++i) {
    const Norm p = draw_norm(draw, i);
    cases.push_back(backward(draw, p, draw.coin(), i % 5 != 0));
  }
  check_all(cases);
}

TEST(BatchNormApply, EqualsReference) {
  Draw draw(15);
  std::vector<Case> cases;
  for (int i = 0; i < 300; ++i) cases.push_back(again(draw, draw_norm(draw, i)));
  check_all(cases);
}

TEST(BatchNormStatistics, EqualsReference) {
  Draw draw(17);
  std::vector<Case> cases;
  for (int i = 0; i < 300; ++i) {
    Norm p = draw_norm(draw, i);
    p.training = true;
    cases.push_back(statistics(draw, p));
  }
  check_all(cases);
}

TEST(BatchNormGradInput, EqualsReference) {
  Draw draw(18);
  std::vector<Case> cases;
  for (int i = 0; i < 400; ++i) cases.push_back(grad_input(draw, draw_norm(draw, i)));
  check_all(cases);
}

TEST(BatchNormStatisticsJoin, EqualsReference) {
  Draw draw(19);
  std::vector<Case> cases;
  for (int i = 0; i < 200; ++i) cases.push_back(joined(draw, draw_norm(draw, i)));
  check_all(cases);
}

// Gradients must not change because a training plan computes y twice, or in two steps.
TEST(BatchNormApply, SameBitsAsTheForwardPass) {
  Draw draw(16);
  for (int i = 0; i < 200; ++i) {
    Norm drawn = draw_norm(draw, i);
    drawn.training = true;
    const Case first = forward(draw, drawn, draw.coin());
    const Norm& p = std::get<Norm>(first.problem);
    for (const std::string& target : targets()) {
      use_target(target);
      const Results saved = run(family("batch_norm")[0], first, 1);
      Case second{"batch_norm_apply", p, {}, {{y_elements(p)}}};
      Case halves{"batch_norm_statistics", p, {}, {{p.channels}, {p.channels}, {p.channels}}};
      halves.inputs = {first.inputs[0], first.inputs[1], first.inputs[3], first.inputs[4]};
      const Results again = run(family("batch_norm_statistics")[0], halves, 1);
      for (std::size_t k = 0; k < 3; ++k) EXPECT_EQ(floats(again[k]), floats(saved[k + 1]));
      second.inputs = {first.inputs[0], saved[1], saved[3], first.inputs[2], first.inputs[5]};
      const Tensor y = run(family("batch_norm_apply")[0], second, 2)[0];
      EXPECT_EQ(std::memcmp(y.raw(), saved[0].raw(), y.bytes()), 0)
          << target << ", " << to_string(Problem(p));
    }
    use_target("");
  }
}

TEST(BatchNorm, SameBitsForAnyNumberOfThreads) {
  Draw draw(13);
  for (const std::int64_t channels : {3, 16, 130}) {
    Norm p;
    p.rows = 4099;
    p.channels = channels;
    p.residual = true;
    p.activation = Activation::relu;
    check_threads(forward(draw, p, true));
    check_threads(backward(draw, p, true, true));
  }
}

// A mean far from zero must not cost the variance its digits.
TEST(BatchNorm, KeepsDigitsFarFromZero) {
  Draw draw(14);
  Norm p;
  p.rows = 5000;
  p.channels = 3;
  Case test = forward(draw, p, false);
  test.inputs[0] = draw.tensor(p.rows * p.channels, 999, 1001);
  const Results want = run_reference(test);
  const Results got = run(family("batch_norm")[0], test, 1);
  for (int c = 0; c < 3; ++c) {
    EXPECT_NEAR(floats(got[2])[std::size_t(c)] / floats(want[2])[std::size_t(c)], 1, 1e-5);
  }
}

TEST(BatchNorm, ByHand) {
  Norm p;
  p.rows = 2;
  p.channels = 1;
  p.eps = 0;
  p.momentum = 0.5;
  Case test{"batch_norm", p, {}, {{2}, {1}, {1}, {1}}};
  test.inputs = {tensor_of({1.f, 5.f}), tensor_of({3.f}), tensor_of({10.f}),
                 tensor_of({0.f}),      tensor_of({2.f}), Tensor()};
  for (const Kernel& kernel : family("batch_norm")) {
    const Results r = run(kernel, test, 1);
    EXPECT_EQ(floats(r[0]), (std::vector<float>{7, 13}));  // mean 3, std 2
    EXPECT_EQ(floats(r[1]), std::vector<float>{3});
    EXPECT_EQ(floats(r[2]), std::vector<float>{0.5});
    EXPECT_EQ(floats(r[3]), std::vector<float>{1.5});
    EXPECT_EQ(floats(r[7]), std::vector<float>{1.5});  // 0.5 * 0 + 0.5 * 3
    EXPECT_EQ(floats(r[8]), std::vector<float>{5});    // 0.5 * 2 + 0.5 * 8 (unbiased)
  }
}

TEST(BatchNormGrad, ByHand) {
  Norm p;
  p.rows = 2;
  p.channels = 1;
  p.activation = Activation::relu;
  p.training = false;
  p.eps = 0;
  Case test{"batch_norm_grad", p, {}, {{2}, {1}, {1}, {2}}};
  test.inputs = {tensor_of({1.f, 2.f}), tensor_of({3.f, 7.f}), tensor_of({10.f}),
                 tensor_of({1.f}),      tensor_of({4.f}),      tensor_of({0.f, 1.f})};
  for (const Kernel& kernel : family("batch_norm_grad")) {
    const Results r = run(kernel, test, 1);
    EXPECT_EQ(floats(r[0]), (std::vector<float>{0, 10}));  // 2 * 10 / 2
    EXPECT_EQ(floats(r[1]), std::vector<float>{6});        // 2 * (7 - 1) / 2
    EXPECT_EQ(floats(r[2]), std::vector<float>{2});
    EXPECT_EQ(floats(r[3]), (std::vector<float>{0, 2}));
  }
}

}  // namespace
}  // namespace noyau::kernels::testing
