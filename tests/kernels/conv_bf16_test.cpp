#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>

#include "conv_problems.hpp"
#include "kernels/conv/bf16/bf16.hpp"
#include "kernels/conv/conv.hpp"

namespace noyau::kernels::testing {
namespace {

// To nearest, ties to even.
float rounded(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  return std::bit_cast<float>((bits + 0x7FFF + (bits >> 16 & 1)) & 0xFFFF0000);
}

Case forward(const Conv& c, Draw& draw) {
  return forward_case(c, draw.tensor(x_elements(c)), draw);
}
Case grad_input(const Conv& c, Draw& draw) {
  return {"conv_grad_input",
          c,
          {draw.tensor(y_elements(c)), draw.tensor(weight_elements(c)),
           c.bias ? draw.tensor(c.in_channels) : Tensor(),
           c.residual ? draw.tensor(x_elements(c)) : Tensor()},
          {{x_elements(c)}}};
}
Case grad_weight(const Conv& c, Draw& draw) {
  return {"conv_grad_weight",
          c,
          {draw.tensor(x_elements(c)), draw.tensor(y_elements(c))},
          {{weight_elements(c)}}};
}

Conv square(std::int64_t batch, std::int64_t in_channels, std::int64_t out_channels,
            std::int64_t extent, std::int64_t kernel, std::int64_t stride, std::int64_t pad) {
  return square_conv(Numerics::bf16, batch, in_channels, out_channels, extent, kernel, stride, pad);
}

bool draw_conv(Draw& draw, Conv& c) {
  c = Conv{};
  c.numerics = Numerics::bf16;
  return draw_dense(draw, c, 12, 12, 150);
}

std::vector<Conv> shapes() {
  std::vector<Conv> list = {
      square(3, 15, 17, 1, 3, 1, 1),     // one pixel, all else padding
      square(2, 64, 64, 14, 3, 1, 1),    // merged taps, whole vectors
      square(2, 300, 48, 9, 3, 1, 1),    // several blocks along the reduction
      square(1, 1100, 33, 7, 1, 1, 0),   // likewise, channels side by side
      square(1, 512, 64, 7, 3, 2, 1),    // a phase of the gradient for every stride
      square(2, 15, 64, 37, 7, 2, 3),    // a stem
      square(2, 16, 16, 9, 1, 3, 0),     // stride above the kernel: most of dx is zero
      square(1, 12, 12, 150, 3, 1, 1),   // rows longer than a task
      square(9, 80, 70, 7, 3, 1, 1),     // small images, several to a block
      square(9, 40, 40, 5, 3, 2, 1),     // likewise, merged taps
      square(5, 200, 100, 13, 1, 2, 0),  // likewise, one tap that skips pixels
      square(2, 700, 800, 7, 1, 1, 0),   // a gradient too large for several copies
      square(4, 48, 96, 73, 1, 1, 0),    // tasks of several blocks of pixels
  };
  list.push_back(square(70, 40, 30, 1, 1, 1, 0));  // a linear layer of many rows
  Draw draw(17);
  Conv c;
  while (list.size() < 300)
    if (draw_conv(draw, c)) list.push_back(c);
  return list;
}

const Kernel& bf16(std::string_view name) {
  return *std::ranges::find(family(name), "bf16", &Kernel::name);
}

// What the kernel gives for any numbers is what the reference gives for rounded ones.
void check_kernel(Case test, int threads) {
  const Kernel& kernel = bf16(test.family);
  ASSERT_EQ(kernel.refuse(test.problem), "") << to_string(test.problem);
  const Results one = run(kernel, test, 1), several = run(kernel, test, threads);
  EXPECT_TRUE(same_first_output(one, several))
      << to_string(test.problem) << ", " << threads << " threads";
  if (std::get<Conv>(test.problem).residual && kernel.in_place >= 0) {
    EXPECT_TRUE(same_first_output(one, run(kernel, test, threads, true)))
        << to_string(test.problem);
  }
  for (const std::size_t factor : {0, 1})
    for (float& value : test.inputs[factor].as<float>()) value = rounded(value);
  EXPECT_LE(largest_difference(one[0], run_reference(test)[0]), 1e-5) << to_string(test.problem);
}

void check_pass(Case (*make)(const Conv&, Draw&)) {
  if (!has_bf16()) GTEST_SKIP() << "this processor has no AVX512_BF16";
  Draw draw(5);
  int threads = 2;
  for (const Conv& c : shapes()) {
    check_kernel(make(c, draw), threads);
    threads = threads == 4 ? 2 : threads + 1;
    if (::testing::Test::HasFailure()) return;
  }
}

TEST(ConvBf16, ForwardEqualsTheReferenceOnRoundedNumbers) { check_pass(forward); }
TEST(ConvBf16, GradInputEqualsTheReferenceOnRoundedNumbers) { check_pass(grad_input); }
TEST(ConvBf16, GradWeightEqualsTheReferenceOnRoundedNumbers) { check_pass(grad_weight); }

// Products of two halves have no more bits than a float: sums of few of them are exact.
TEST(ConvBf16, RoundsToNearestEven) {
  if (!has_bf16()) GTEST_SKIP() << "this processor has no AVX512_BF16";
  const Conv c = square(70, 3, 12, 1, 1, 1, 0);
  Draw draw(3);
  Case test = forward(c, draw);
  std::ranges::fill(test.inputs[0].as<float>(), 0.0f);
  std::ranges::fill(test.inputs[1].as<float>(), 1.0f);
  const float ulp = std::ldexp(1.0f, -7);
  const float values[] = {1 + ulp / 2, 1 + 1.5f * ulp, 1 + 0.51f * ulp, -1 - ulp / 2, INFINITY};
  for (std::size_t i = 0; i < 5; ++i) test.inputs[0].as<float>()[3 * i + 1] = values[i];
  const std::vector<float> y = floats(run(bf16("conv"), test, 1)[0]);
  const float want[] = {1, 1 + 2 * ulp, 1 + ulp, -1, INFINITY};
  for (std::size_t i = 0; i < 5; ++i) EXPECT_EQ(y[12 * i], want[i]) << values[i];
}

TEST(ConvBf16, ANaNStaysWhereItIs) {
  if (!has_bf16()) GTEST_SKIP() << "this processor has no AVX512_BF16";
  const Conv c = square(1, 16, 16, 12, 3, 1, 1);
  Draw draw(3);
  Case test = forward(c, draw);
  test.inputs[0].as<float>()[0] = NAN;  // pixel (0, 0)
  const std::vector<float> y = floats(run(bf16("conv"), test, 1)[0]);
  for (std::size_t row = 0; row < 12; ++row)
    for (std::size_t column = 0; column < 12; ++column)
      EXPECT_EQ(std::isnan(y[(row * 12 + column) * 16]), row < 2 && column < 2);
}

TEST(ConvBf16, RefusesTheRestWithAReason) {
  if (!has_bf16()) GTEST_SKIP() << "this processor has no AVX512_BF16";
  const Conv good = square(8, 64, 64, 56, 3, 1, 1);
  for (const char* name : {"conv", "conv_grad_input", "conv_grad_weight"}) {
    const auto reason = [&](const auto& change) {
      Conv c = good;
      change(c);
      return bf16(name).refuse(c);
    };
    EXPECT_EQ(reason([](Conv&) {}), "");
    EXPECT_EQ(reason([](Conv& c) { c.numerics = Numerics::fast; }), "numerics is not bf16");
    EXPECT_EQ(reason([](Conv& c) { c.dtype = DType::f64; }), "only f32");
    EXPECT_EQ(reason([](Conv& c) { c.groups = 2; }), "several groups");
    EXPECT_EQ(reason([](Conv& c) { c.in_channels = c.out_channels = 2; }), "too few channels");
    EXPECT_EQ(reason([](Conv& c) { c = square(16, 512, 100, 1, 1, 1, 0); }),
              "reads the weights once, as memory allows");
    EXPECT_EQ(reason([](Conv& c) { c.kernel = {1, 33, 1}; }), "a kernel extent above 32");
    EXPECT_NE(reason([](Conv& c) { c.normalised = c.statistics = c.norm_grad = true; }), "");
    use_target("SCALAR");
    EXPECT_EQ(reason([](Conv&) {}), "this processor has no AVX512_BF16");
    use_target("");
  }
}

}  // namespace
}  // namespace noyau::kernels::testing
