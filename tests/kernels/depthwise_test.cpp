#include <gtest/gtest.h>

#include "kernels/harness.hpp"

namespace noyau::kernels::testing {
namespace {

std::int64_t volume_of(const Dims& d) { return d[0] * d[1] * d[2]; }

bool draw_axis(Draw& draw, Conv& p, std::size_t a) {
  p.kernel[a] = draw.integer(1, 5);
  p.in[a] = draw.integer(1, 15);
  p.stride[a] = draw.integer(1, 3) + (draw.integer(0, 9) == 0 ? 4 : 0);
  p.dilation[a] = draw.integer(1, 3);
  p.pad[a] = draw.integer(0, 3);
  const std::int64_t after = draw.integer(0, 3);
  const std::int64_t room = p.in[a] + p.pad[a] + after - p.dilation[a] * (p.kernel[a] - 1) - 1;
  if (room < 0) return false;
  p.out[a] = room / p.stride[a] + 1;
  return true;
}

void set_channels(Conv& p, std::int64_t channels) {
  p.in_channels = p.out_channels = p.groups = channels;
}

Conv draw_conv(Draw& draw, int i) {
  for (;;) {
    Conv p;
    p.batch = draw.integer(1, 3);
    set_channels(p, i % 3 == 0 ? draw.one_of({1, 8, 16, 17, 32, 33, 64}) : draw.integer(1, 50));
    bool fits = draw_axis(draw, p, 1) && draw_axis(draw, p, 2);
    if (i % 8 == 0) fits = draw_axis(draw, p, 0) && fits;
    p.bias = draw.coin();
    p.activation = draw.coin() ? Activation::relu : Activation::none;
    if (fits) return p;
  }
}

Conv usual(std::int64_t channels, std::int64_t extent, std::int64_t stride) {
  Conv p;
  p.batch = 2;
  set_channels(p, channels);
  p.in = {1, extent, extent};
  p.kernel = {1, 3, 3};
  p.stride = {1, stride, stride};
  p.pad = {0, 1, 1};
  p.out = {1, (extent - 1) / stride + 1, (extent - 1) / stride + 1};
  return p;
}

Case make_case(Draw& draw, std::string_view family, const Conv& p) {
  const std::int64_t in = p.batch * volume_of(p.in) * p.in_channels;
  const std::int64_t out = p.batch * volume_of(p.out) * p.out_channels;
  const std::int64_t weights = volume_of(p.kernel) * p.out_channels;
  Case test{family, p, {}, {}, 1e-5};
  if (family == "depthwise") {
    test.inputs = {draw.tensor(in), draw.tensor(weights),
                   p.bias ? draw.tensor(p.out_channels) : Tensor()};
    test.outputs = {{out}};
  } else if (family == "depthwise_grad_input") {
    test.inputs = {draw.tensor(out), draw.tensor(weights),
                   p.bias ? draw.tensor(p.out_channels) : Tensor()};
    test.outputs = {{in}};
  } else {
    test.inputs = {draw.tensor(in), draw.tensor(out)};
    test.outputs = {{weights}};
  }
  return test;
}

void check_family(std::string_view family) {
  Draw draw(61);
  std::vector<Case> cases;
  for (int i = 0; i < 510; ++i) cases.push_back(make_case(draw, family, draw_conv(draw, i)));
  for (const std::int64_t stride : {1, 2}) {
    cases.push_back(make_case(draw, family, usual(40, 57, stride)));
    check_threads(cases.back());
  }
  check_all(cases);
}

TEST(Depthwise, Forward) { check_family("depthwise"); }
TEST(Depthwise, GradInput) { check_family("depthwise_grad_input"); }
TEST(Depthwise, GradWeight) { check_family("depthwise_grad_weight"); }

TEST(Depthwise, RefusesWithAReason) {
  Conv p = usual(4, 40, 1);
  p.kernel = {1, 33, 33};
  EXPECT_NE(family("depthwise")[0].refuse(p).find("1089"), std::string::npos);
  p = usual(4, 40, 1);
  p.dtype = DType::f64;
  EXPECT_NE(family("depthwise")[0].refuse(p).find("f64"), std::string::npos);
}

// Two channels, three pixels in a row, kernel 1x2, padding 1 before.
TEST(Depthwise, ByHand) {
  Conv p;
  set_channels(p, 2);
  p.in = p.out = {1, 1, 3};
  p.kernel = {1, 1, 2};
  p.pad = {0, 0, 1};
  p.bias = true;
  const auto x = [] { return tensor_of({1.f, 10.f, 2.f, 20.f, 3.f, 30.f}); };
  const auto weight = [] { return tensor_of({1.f, 2.f, -1.f, 0.f}); };
  const auto dy = [] { return tensor_of({1.f, 0.f, 0.f, 1.f, 0.f, 0.f}); };
  for (std::size_t row = 0; row < 2; ++row) {
    Case forward{"depthwise", p, {x(), weight(), tensor_of({0.f, 5.f})}, {{6}}};
    EXPECT_EQ(floats(run(family("depthwise")[row], forward, 1)[0]),
              (std::vector<float>{2, 5, 5, -5, 8, -15}));
    Case input{"depthwise_grad_input", p, {dy(), weight()}, {{6}}};
    EXPECT_EQ(floats(run(family("depthwise_grad_input")[row], input, 1)[0]),
              (std::vector<float>{2, -1, 0, 0, 0, 0}));
    Case weights{"depthwise_grad_weight", p, {x(), dy()}, {{4}}};
    EXPECT_EQ(floats(run(family("depthwise_grad_weight")[row], weights, 1)[0]),
              (std::vector<float>{0, 1, 10, 20}));
  }
}

}  // namespace
}  // namespace noyau::kernels::testing
