#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "conv_problems.hpp"
#include "kernels/conv/conv.hpp"

namespace noyau::kernels::testing {
namespace {

// Rounding errors relative to the largest output, for up to 512 channels or a few thousand pixels.
constexpr double kBound = 1e-5;

Conv conv_of(std::int64_t batch, std::int64_t in_channels, std::int64_t out_channels,
             std::int64_t height, std::int64_t width, std::int64_t pad_h, std::int64_t pad_w) {
  Conv c;
  c.numerics = Numerics::fast;
  c.batch = batch;
  c.in_channels = in_channels;
  c.out_channels = out_channels;
  c.kernel = {1, 3, 3};
  c.in = {1, height, width};
  c.pad = {0, pad_h, pad_w};
  c.out = {1, height + 2 * pad_h - 2, width + 2 * pad_w - 2};
  return c;
}

// Multiples of 1 / `parts`, so that what is computed from few of them is exact.
Tensor draw_steps(Draw& draw, std::int64_t elements, std::int64_t low, std::int64_t high,
                  std::int64_t parts) {
  Tensor result(Shape{elements});
  for (float& v : result.as<float>()) v = float(draw.integer(low, high)) / float(parts);
  return result;
}

// The numbers of a norm of x = i / 8: no output is 0 or 6, so rounding decides on no mask.
struct NormNumbers {
  Tensor mean, scale, shift;
  NormNumbers(Draw& draw, std::int64_t channels)
      : mean(draw_steps(draw, channels, -8, 7, 8)), scale(draw_steps(draw, channels, -9, 18, 2)) {
    for (float& v : mean.as<float>()) v += 1.f / 16;
    for (float& v : scale.as<float>())
      if (v == 0) v = 1;
    if (draw.coin()) return;
    shift = draw_steps(draw, channels, -32, 31, 32);
    for (float& v : shift.as<float>()) v += 1.f / 64;
  }
};

Case forward(const Conv& c, Draw& draw) {
  Case test{.family = "conv",
            .problem = c,
            .inputs = {draw.tensor(x_elements(c)), draw.tensor(weight_elements(c)),
                       c.bias ? draw.tensor(c.out_channels) : Tensor(),
                       c.residual ? draw.tensor(y_elements(c)) : Tensor()},
            .outputs = {{y_elements(c)}}};
  test.inputs.resize(kRunningVar + 1);
  if (c.normalised) {
    const NormNumbers norm(draw, c.in_channels);
    test.inputs[kInMean] = norm.mean;
    test.inputs[kInScale] = norm.scale;
    test.inputs[kInShift] = norm.shift;
  }
  if (c.statistics) {
    if (draw.coin()) test.inputs[kNormWeight] = draw.tensor(c.out_channels);
    test.inputs[kRunningMean] = draw.tensor(c.out_channels);
    test.inputs[kRunningVar] = draw.tensor(c.out_channels, 0, 2);
    test.outputs.resize(kOutScale + 1);
    for (const std::size_t i : {kOutMean, kOutInvStd, kOutScale})
      if (draw.integer(0, 3) > 0) test.outputs[i].elements = c.out_channels;
  }
  return test;
}
Case grad_input(const Conv& c, Draw& draw) {
  Case test{.family = "conv_grad_input",
            .problem = c,
            .inputs = {draw.tensor(y_elements(c)), draw.tensor(weight_elements(c)),
                       c.bias ? draw.tensor(c.in_channels) : Tensor(),
                       c.residual ? draw.tensor(x_elements(c)) : Tensor()},
            .outputs = {{x_elements(c)}}};
  if (!c.norm_grad) return test;
  const NormNumbers norm(draw, c.in_channels);
  test.inputs.resize(kNormY + 1);
  test.inputs[kNormX] = draw_steps(draw, x_elements(c), -16, 16, 8);
  test.inputs[kNormMean] = norm.mean;
  test.inputs[kNormInvStd] = draw.tensor(c.in_channels, 0.5, 2);
  test.inputs[kNormScale] = norm.scale;
  test.inputs[kNormShift] = norm.shift;
  if (draw.coin()) test.inputs[kNormY] = draw.tensor(x_elements(c), -4, 10);
  test.outputs.resize(kNormBiasGrad + 1);
  for (const std::size_t i : {kNormWeightGrad, kNormBiasGrad})
    if (draw.integer(0, 3) > 0) test.outputs[i].elements = c.in_channels;
  return test;
}
Case grad_weight(const Conv& c, Draw& draw) {
  Case test{.family = "conv_grad_weight",
            .problem = c,
            .inputs = {draw.tensor(x_elements(c)), draw.tensor(y_elements(c))},
            .outputs = {{weight_elements(c)}}};
  if (c.normalised) {
    const NormNumbers norm(draw, c.in_channels);
    test.inputs.insert(test.inputs.end(), {norm.mean, norm.scale, norm.shift});
  }
  return test;
}

const Kernel& winograd(std::string_view name) {
  return *std::ranges::find(family(name), "winograd", &Kernel::name);
}

// The reference in double precision: outputs, then inputs.
std::vector<std::vector<double>> exact(Case test) {
  auto& c = std::get<Conv>(test.problem);
  c.dtype = DType::f64;
  for (Tensor& input : test.inputs) {
    if (!input.raw()) continue;
    Tensor wide(input.shape(), DType::f64);
    std::ranges::copy(input.as<float>(), wide.as<double>().begin());
    input = wide;
  }
  for (Output& output : test.outputs) output.dtype = DType::f64;
  std::vector<std::vector<double>> values;
  for (const Tensor& result : run_reference(test)) {
    values.emplace_back();
    if (!result.raw()) continue;
    const auto from = result.as<double>();
    values.back().assign(from.begin(), from.end());
  }
  return values;
}

// The largest difference, relative to the largest value.
double error(const std::vector<float>& got, const std::vector<double>& want) {
  double largest = 0, difference = 0;
  for (std::size_t i = 0; i < want.size(); ++i) {
    largest = std::max(largest, std::abs(want[i]));
    difference = std::max(difference, std::abs(got[i] - want[i]));
    if (std::isnan(got[i])) return HUGE_VAL;
  }
  return difference == 0 ? 0 : difference / largest;
}

// One pixel, tails of tiles and of channels, all paddings, tiles of 2 and of 4, blocks and chunks
// of tiles, gradients summed in chunks and at once, and channels whose stride is a power of two.
std::vector<Conv> shapes() {
  std::vector<Conv> list = {conv_of(1, 1, 1, 1, 1, 1, 1),      conv_of(1, 64, 64, 2, 2, 1, 1),
                            conv_of(2, 64, 64, 14, 14, 1, 1),  conv_of(1, 128, 33, 30, 21, 1, 1),
                            conv_of(2, 48, 80, 40, 37, 0, 2),  conv_of(1, 300, 70, 9, 9, 1, 1),
                            conv_of(3, 257, 65, 7, 7, 1, 1),   conv_of(2, 17, 300, 23, 19, 2, 0),
                            conv_of(1, 512, 64, 14, 14, 1, 1), conv_of(1, 16, 16, 120, 130, 1, 1),
                            conv_of(1, 256, 16, 57, 56, 1, 1), conv_of(2, 8, 3, 11, 12, 3, 4),
                            conv_of(1, 200, 170, 6, 5, 1, 1),  conv_of(2, 256, 260, 2, 2, 1, 1)};
  list[2].in[0] = list[2].out[0] = 3;  // three slices of a volume
  Draw draw(11);
  while (list.size() < 110) {
    const std::int64_t pad_h = draw.integer(0, 2), pad_w = draw.integer(0, 2);
    const bool small = draw.coin();
    const std::int64_t height = draw.integer(small ? 1 : 8, small ? 7 : 20);
    const std::int64_t width = draw.integer(small ? 1 : 8, small ? 7 : 20);
    if (height + 2 * pad_h < 3 || width + 2 * pad_w < 3) continue;
    list.push_back(conv_of(draw.integer(1, 3), draw.integer(1, 70), draw.integer(1, 70), height,
                           width, pad_h, pad_w));
    list.back().bias = draw.coin();
    list.back().residual = draw.coin();
    list.back().activation = Activation(draw.integer(0, 2));
  }
  for (Conv& c : list) {
    c.normalised = draw.coin();
    c.input_activation = Activation(draw.integer(0, 2));
    c.statistics = draw.coin();
    c.eps = 0.5;  // well above the rounding errors of a square, for pictures of one pixel
    c.norm_grad = draw.integer(0, 3) > 0;
    c.norm_activation = Activation(draw.integer(0, 2));
  }
  return list;
}

bool adds_residual(const Case& test) { return std::get<Conv>(test.problem).residual; }

// Runs the kernel also where it would not gain.
void check_kernel(const Case& test, int threads) {
  const std::vector<std::vector<double>> want = exact(test);
  for (const std::string& name : targets()) {
    use_target(name);
    const Kernel& kernel = winograd(test.family);
    const bool in_place = adds_residual(test) && kernel.in_place >= 0;
    const Results one = run(kernel, test, 1), several = run(kernel, test, threads, in_place);
    for (std::size_t i = 0; i < want.size(); ++i) {
      if (want[i].empty() || (in_place && i == test.outputs.size() + kResidual)) continue;
      const std::string what =
          to_string(test.problem) + " on " + name + ", tensor " + std::to_string(i);
      EXPECT_LE(error(floats(one[i]), want[i]), kBound) << what;
      EXPECT_EQ(std::memcmp(one[i].raw(), several[i].raw(), one[i].bytes()), 0)
          << what << ", " << threads << " threads";
    }
  }
  use_target("");
}

void check_pass(Case (*make)(const Conv&, Draw&)) {
  Draw draw(5);
  int threads = 2;
  for (const Conv& c : shapes()) {
    check_kernel(make(c, draw), threads);
    threads = threads == 4 ? 2 : threads + 1;
    if (::testing::Test::HasFailure()) return;
  }
}

TEST(Winograd, ForwardIsWithinTheBound) { check_pass(forward); }
TEST(Winograd, GradInputIsWithinTheBound) { check_pass(grad_input); }
TEST(Winograd, GradWeightIsWithinTheBound) { check_pass(grad_weight); }

TEST(Winograd, IsTheFirstThatTakesWhereItGains) {
  for (const auto* name : {"conv", "conv_grad_input", "conv_grad_weight"})
    for (const Conv& c : {conv_of(8, 64, 64, 224, 224, 1, 1), conv_of(8, 512, 512, 14, 14, 1, 1),
                          conv_of(16, 512, 512, 7, 7, 1, 1), conv_of(128, 32, 32, 16, 16, 1, 1)}) {
      const auto first = std::ranges::find_if(family(name), [&](const Kernel& kernel) {
        return kernel.refuse == nullptr || kernel.refuse(c).empty();
      });
      EXPECT_EQ(&winograd(name), &*first) << name << " " << to_string(c);
    }
}

TEST(Winograd, RefusesTheRestWithAReason) {
  const Conv good = conv_of(8, 64, 64, 56, 56, 1, 1);
  const auto reason = [&](const auto& change) {
    Conv c = good;
    change(c);
    return winograd("conv").refuse(c);
  };
  EXPECT_EQ(reason([](Conv&) {}), "");
  EXPECT_EQ(reason([](Conv& c) { c.numerics = Numerics::exact; }), "numerics is exact");
  EXPECT_EQ(reason([](Conv& c) { c.dtype = DType::f64; }), "only f32");
  EXPECT_EQ(reason([](Conv& c) { c.kernel = {1, 5, 5}; }), "only kernels of 3x3");
  EXPECT_EQ(reason([](Conv& c) { c.kernel = {3, 3, 3}; }), "only kernels of 3x3");
  EXPECT_EQ(reason([](Conv& c) { c.stride = {1, 2, 2}; }), "only without stride and dilation");
  EXPECT_EQ(reason([](Conv& c) { c.dilation = {1, 2, 2}; }), "only without stride and dilation");
  EXPECT_EQ(reason([](Conv& c) { c.groups = 2; }), "only without groups");
  EXPECT_EQ(reason([](Conv& c) { c.out[0] = 3, c.pad[0] = 1; }), "padding along the depth");
  EXPECT_EQ(reason([](Conv& c) { c.in_channels = 1 << 20; }), "a pixel exceeds a worker's scratch");
  EXPECT_EQ(reason([](Conv& c) { c.in_channels = 3; }), "too few channels to gain");
  EXPECT_EQ(reason([](Conv& c) { c = conv_of(1, 512, 512, 7, 7, 1, 1); }),
            "too few pixels to gain");
}

// What a tile does not see does not reach it, not even as a product with zero.
TEST(Winograd, ANaNReachesItsTilesOnly) {
  const Conv c = conv_of(1, 16, 16, 12, 12, 1, 1);
  Draw draw(3);
  Case test = forward(c, draw);
  test.inputs[0].as<float>()[0] = NAN;  // pixel (0, 0)
  const std::vector<float> y = floats(run(winograd("conv"), test, 1)[0]);
  EXPECT_TRUE(std::isnan(y[0]));
  for (std::int64_t row = 4; row < 12; ++row)
    for (std::int64_t i = 0; i < 12 * 16; ++i)
      EXPECT_FALSE(std::isnan(y[std::size_t(row * 12 * 16 + i)]));
}

}  // namespace
}  // namespace noyau::kernels::testing
