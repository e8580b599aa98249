#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "kernels/harness.hpp"

namespace noyau::kernels::testing {
namespace {

std::int64_t volume_of(const Dims& d) { return d[0] * d[1] * d[2]; }

// PyTorch's output extent; false when the window does not fit.
bool set_out(Pool& p, std::size_t a, bool ceil_mode) {
  const std::int64_t reach = p.dilation[a] * (p.kernel[a] - 1) + 1;
  const std::int64_t room = p.in[a] + p.pad[a] + p.pad_after[a] - reach;
  if (room < 0) return false;
  p.out[a] = (room + (ceil_mode ? p.stride[a] - 1 : 0)) / p.stride[a] + 1;
  if (ceil_mode && (p.out[a] - 1) * p.stride[a] >= p.in[a] + p.pad[a]) --p.out[a];
  return true;
}

bool draw_axis(Draw& draw, Pool& p, std::size_t a, bool dilated, bool ceil_mode) {
  p.kernel[a] = draw.integer(1, 5);
  p.in[a] = draw.integer(1, 14);
  p.stride[a] = draw.integer(1, 4) + (draw.integer(0, 9) == 0 ? 3 : 0);
  p.dilation[a] = dilated ? draw.integer(1, 3) : 1;
  p.pad[a] = draw.integer(0, p.kernel[a] / 2);
  p.pad_after[a] = draw.integer(0, p.kernel[a] / 2);
  return set_out(p, a, ceil_mode);
}

Pool draw_pool(Draw& draw, int i, bool dilated) {
  for (;;) {
    Pool p;
    p.batch = draw.integer(1, 2);
    p.channels = i % 3 == 0 ? draw.one_of({1, 3, 8, 16, 17, 64, 101}) : draw.integer(1, 40);
    const bool ceil_mode = draw.coin();
    bool fits =
        draw_axis(draw, p, 1, dilated, ceil_mode) && draw_axis(draw, p, 2, dilated, ceil_mode);
    if (i % 6 == 0) fits = draw_axis(draw, p, 0, dilated, ceil_mode) && fits;
    p.count_include_pad = draw.coin();
    p.divisor_override = draw.integer(0, 4) == 0 ? draw.integer(1, 9) : 0;
    if (fits) return p;
  }
}

// One window of 17x17 taps: more than 8 bits can number.
Pool large_window() {
  Pool p;
  p.channels = 19;
  p.in = {1, 20, 18};
  p.kernel = {1, 17, 17};
  p.stride = {1, 3, 2};
  p.pad = p.pad_after = {0, 8, 8};
  set_out(p, 1, true);
  set_out(p, 2, true);
  return p;
}

Pool many_pixels() {
  Pool p;
  p.batch = 3;
  p.channels = 33;
  p.in = {1, 40, 41};
  p.kernel = {1, 3, 3};
  p.stride = {1, 2, 2};
  p.pad = p.pad_after = {0, 1, 1};
  set_out(p, 1, false);
  set_out(p, 2, false);
  return p;
}

// Pixels shorter than a vector, rows for several tasks, a rest on both axes.
Pool narrow_pixels(std::int64_t kernel) {
  Pool p;
  p.batch = 9;
  p.channels = 6;
  p.in = {1, 40, 41};
  p.kernel = p.stride = {1, kernel, kernel};
  set_out(p, 1, false);
  set_out(p, 2, false);
  return p;
}

// Windows that tile the input, or leave gaps and a rest.
Pool draw_tiles(Draw& draw, int i) {
  Pool p;
  p.batch = draw.integer(1, 3);
  p.channels = draw.one_of({1, 2, 3, 6, 8, 15, 16, 17, 32, 70});
  for (std::size_t a = i % 4 == 0 ? 0 : 1; a < 3; ++a) {
    p.kernel[a] = draw.integer(1, 4);
    p.stride[a] = p.kernel[a] + (a < 2 ? draw.integer(0, 1) : 0);
    p.in[a] = p.kernel[a] + draw.integer(0, 9);
    set_out(p, a, false);
  }
  return p;
}

Pool draw_adaptive(Draw& draw, int i) {
  Pool p;
  p.batch = draw.integer(1, 2);
  p.channels = i % 3 == 0 ? draw.one_of({1, 3, 8, 16, 17, 64, 101}) : draw.integer(1, 40);
  for (std::size_t a = i % 4 == 0 ? 0 : 1; a < 3; ++a) {
    p.in[a] = draw.integer(1, 14);
    p.out[a] = draw.integer(1, i % 5 == 0 ? 20 : p.in[a]);
  }
  p.kernel = p.in;
  p.adaptive = true;
  return p;
}

DType index_type(const Pool& p) {
  return !p.adaptive && volume_of(p.kernel) <= 256 ? DType::u8 : DType::i32;
}

Case make_case(Draw& draw, std::string_view family, const Pool& p) {
  const std::int64_t in = p.batch * volume_of(p.in) * p.channels;
  const std::int64_t out = p.batch * volume_of(p.out) * p.channels;
  Case test{family, p, {}, {}, 2e-6};
  if (family == "max_pool") test.outputs = {{out}, {draw.integer(0, 5) ? out : 0, index_type(p)}};
  if (family == "avg_pool") test.outputs = {{out}};
  if (family == "max_pool_grad" || family == "avg_pool_grad") test.outputs = {{in}};
  test.inputs = {draw.tensor(family == "max_pool" || family == "avg_pool" ? in : out)};
  // Few different values, so that windows have several maxima.
  if (family == "max_pool" && draw.coin()) {
    for (float& v : test.inputs[0].as<float>()) v = std::round(v * 2);
  }
  if (family == "max_pool_grad") {
    Case forward{"max_pool", p, {draw.tensor(in)}, {{out}, {out, index_type(p)}}};
    test.inputs.push_back(run_reference(forward)[1]);
  }
  return test;
}

void check_family(std::string_view family, bool dilated) {
  Draw draw(41);
  std::vector<Case> cases;
  for (int i = 0; i < 510; ++i) {
    cases.push_back(make_case(draw, family, draw_pool(draw, i, dilated)));
  }
  for (int i = 0; i < 510; ++i) {
    cases.push_back(make_case(draw, family, draw_adaptive(draw, i)));
  }
  for (int i = 0; i < 200; ++i) {
    cases.push_back(make_case(draw, family, draw_tiles(draw, i)));
  }
  cases.push_back(make_case(draw, family, large_window()));
  for (const Pool& p : {many_pixels(), narrow_pixels(2), narrow_pixels(3)}) {
    cases.push_back(make_case(draw, family, p));
    check_threads(cases.back());
  }
  check_all(cases);
}

TEST(Pool, Max) { check_family("max_pool", true); }
TEST(Pool, MaxGrad) { check_family("max_pool_grad", true); }
TEST(Pool, Average) { check_family("avg_pool", false); }
TEST(Pool, AverageGrad) { check_family("avg_pool_grad", false); }

// A volume is pooled along height and width, then along depth with the pictures as channels: what
// is checked against PyTorch in 2D carries over to 3D.
std::vector<float> pool_in_two_steps(const Kernel& kernel, const Pool& p, const Tensor& x) {
  Pool pictures = p;
  pictures.batch = p.batch * p.in[0];
  for (Dims* d :
       {&pictures.in, &pictures.out, &pictures.kernel, &pictures.stride, &pictures.dilation})
    (*d)[0] = 1;
  pictures.pad[0] = pictures.pad_after[0] = 0;
  Pool depth = p;
  depth.channels = p.out[1] * p.out[2] * p.channels;
  for (Dims* d : {&depth.in, &depth.out, &depth.kernel, &depth.stride, &depth.dilation})
    *d = {1, (*d)[0], 1};
  depth.pad = {0, p.pad[0], 0};
  depth.pad_after = {0, p.pad_after[0], 0};
  const std::int64_t middle = pictures.batch * volume_of(pictures.out) * p.channels;
  const Results planes = run(kernel, {kernel.family, pictures, {x}, {{middle}, {}}}, 1);
  const std::int64_t out = p.batch * volume_of(p.out) * p.channels;
  return floats(run(kernel, {kernel.family, depth, {planes[0]}, {{out}, {}}}, 1)[0]);
}

TEST(Pool, VolumesArePooledAxisByAxis) {
  Draw draw(43);
  for (int i = 0; i < 300; ++i) {
    const bool max = draw.coin();
    Pool p = draw_pool(draw, 6 * i, max);
    p.divisor_override = 0;
    const Tensor x = draw.tensor(p.batch * volume_of(p.in) * p.channels);
    const std::int64_t out = p.batch * volume_of(p.out) * p.channels;
    for (const Kernel& kernel : family(max ? "max_pool" : "avg_pool")) {
      const auto got = floats(run(kernel, {kernel.family, p, {x}, {{out}, {}}}, 1)[0]);
      const auto want = pool_in_two_steps(kernel, p, x);
      for (std::size_t k = 0; k < got.size(); ++k) {
        if (got[k] == want[k]) continue;  // minus infinity where a dilated window holds nothing
        ASSERT_NEAR(got[k], want[k], 2e-6) << kernel.family << " " << to_string(Problem(p));
      }
    }
  }
}

TEST(Pool, MaxByHand) {
  Pool p;
  p.in = {1, 1, 4};
  p.kernel = {1, 1, 3};
  p.stride = {1, 1, 2};
  p.pad = p.pad_after = {0, 0, 1};
  p.out = {1, 1, 2};
  for (const Kernel& kernel : family("max_pool")) {
    Case test{"max_pool", p, {tensor_of({-1.f, -2.f, 5.f, 5.f})}, {{2}, {2, DType::u8}}};
    const Results r = run(kernel, test, 1);
    EXPECT_EQ(floats(r[0]), (std::vector<float>{-1, 5}));  // padding counts for nothing
    EXPECT_EQ(r[1].as<std::uint8_t>()[0], 1);
    EXPECT_EQ(r[1].as<std::uint8_t>()[1], 1);  // the first of two maxima
    Case back{"max_pool_grad", p, {tensor_of({10.f, 20.f}), r[1]}, {{4}}};
    for (const Kernel& grad : family("max_pool_grad")) {
      EXPECT_EQ(floats(run(grad, back, 1)[0]), (std::vector<float>{10, 0, 20, 0}));
    }
  }
}

TEST(Pool, MaxPropagatesNaN) {
  Pool p;
  p.in = p.kernel = {1, 1, 3};
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (const Kernel& kernel : family("max_pool")) {
    Case test{"max_pool", p, {tensor_of({1.f, nan, 2.f})}, {{1}, {1, DType::u8}}};
    const Results r = run(kernel, test, 1);
    EXPECT_TRUE(std::isnan(floats(r[0])[0]));
    EXPECT_EQ(r[1].as<std::uint8_t>()[0], 1);
  }
}

// Input 1 2 3, kernel 2, stride 2, padding 1 on both sides, ceil mode: windows (pad 1) (2 3).
TEST(Pool, AverageByHand) {
  Pool p;
  p.in = {1, 1, 3};
  p.kernel = p.stride = {1, 1, 2};
  p.pad = {0, 0, 1};
  p.out = {1, 1, 2};
  Case test{"avg_pool", p, {tensor_of({1.f, 2.f, 3.f})}, {{2}}};
  Case back{"avg_pool_grad", p, {tensor_of({2.f, 4.f})}, {{3}}};
  for (std::size_t row = 0; row < family("avg_pool").size(); ++row) {
    const Kernel &forward = family("avg_pool")[row], &grad = family("avg_pool_grad")[row];
    p.count_include_pad = true;
    test.problem = back.problem = p;
    EXPECT_EQ(floats(run(forward, test, 1)[0]), (std::vector<float>{0.5, 2.5}));
    EXPECT_EQ(floats(run(grad, back, 1)[0]), (std::vector<float>{1, 2, 2}));
    p.count_include_pad = false;
    test.problem = back.problem = p;
    EXPECT_EQ(floats(run(forward, test, 1)[0]), (std::vector<float>{1, 2.5}));
    EXPECT_EQ(floats(run(grad, back, 1)[0]), (std::vector<float>{2, 2, 2}));
  }
}

// 3 of 5: windows (1 2) (2 3 4) (4 5).
TEST(Pool, AdaptiveByHand) {
  Pool p;
  p.in = p.kernel = {1, 1, 5};
  p.out = {1, 1, 3};
  p.adaptive = true;
  for (std::size_t row = 0; row < family("avg_pool").size(); ++row) {
    const Case mean{"avg_pool", p, {tensor_of({1.f, 2.f, 3.f, 4.f, 5.f})}, {{3}}};
    EXPECT_EQ(floats(run(family("avg_pool")[row], mean, 1)[0]), (std::vector<float>{1.5, 3, 4.5}));
    const Case mean_grad{"avg_pool_grad", p, {tensor_of({2.f, 3.f, 4.f})}, {{5}}};
    EXPECT_EQ(floats(run(family("avg_pool_grad")[row], mean_grad, 1)[0]),
              (std::vector<float>{1, 2, 1, 3, 2}));
    const Case max{"max_pool", p, {tensor_of({1.f, 2.f, 2.f, 0.f, 1.f})}, {{3}, {3, DType::i32}}};
    const Results r = run(family("max_pool")[row], max, 1);
    EXPECT_EQ(floats(r[0]), (std::vector<float>{2, 2, 1}));
    const Case max_grad{"max_pool_grad", p, {tensor_of({1.f, 10.f, 100.f}), r[1]}, {{5}}};
    EXPECT_EQ(floats(run(family("max_pool_grad")[row], max_grad, 1)[0]),
              (std::vector<float>{0, 11, 0, 0, 100}));
  }
}

// What ceil_mode adds beyond the padding is not counted: the last window holds 3 only.
TEST(Pool, AverageDoesNotCountBeyondThePadding) {
  Pool p;
  p.in = {1, 1, 3};
  p.kernel = p.stride = {1, 1, 2};
  p.out = {1, 1, 2};
  Case test{"avg_pool", p, {tensor_of({1.f, 2.f, 3.f})}, {{2}}};
  for (const Kernel& kernel : family("avg_pool")) {
    EXPECT_EQ(floats(run(kernel, test, 1)[0]), (std::vector<float>{1.5, 3}));
  }
}

}  // namespace
}  // namespace noyau::kernels::testing
