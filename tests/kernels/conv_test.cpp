#include "kernels/conv/conv.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "conv_problems.hpp"

namespace noyau::kernels::testing {
namespace {

// Mean, scale and shift of the norm in front; some have no shift.
void add_source_norm(const Conv& c, Draw& draw, std::vector<Tensor>& inputs) {
  for (int i = 0; i < 3; ++i)
    inputs.push_back(c.normalised && (i < 2 || draw.coin()) ? draw.tensor(c.in_channels)
                                                            : Tensor());
}

// Sums of unequal length keep their magnitude, which statistics depend on.
Tensor draw_weights(const Conv& c, Draw& draw) {
  const double most =
      c.statistics ? 1 / std::sqrt(double(c.in_channels / c.groups * pixels(c.kernel))) : 1;
  return draw.tensor(weight_elements(c), -most, most);
}

std::int64_t wide_x_elements(const Conv& c) {
  return elements_among(c.batch * pixels(c.in), c.in_channels, c.x_width);
}

Case forward(const Conv& conv, Draw& draw) {
  Conv c = conv;
  c.norm_grad = false;
  Case test{"conv",
            c,
            {draw.tensor(wide_x_elements(c)), draw_weights(c, draw),
             c.bias ? draw.tensor(c.out_channels) : Tensor(),
             c.residual ? draw.tensor(y_elements(c)) : Tensor()},
            {{elements_among(c.batch * pixels(c.out), c.out_channels, c.y_width)}}};
  add_source_norm(c, draw, test.inputs);
  if (!c.statistics) return test;
  test.least = 1e-2;  // the mean of y that is all padding is 0, but for the shift of its sums
  test.inputs.push_back(draw.coin() ? draw.tensor(c.out_channels) : Tensor());
  test.inputs.push_back(draw.tensor(c.out_channels, -0.1, 0.1));
  test.inputs.push_back(draw.tensor(c.out_channels, 0.5, 2));
  for (int i = 0; i < 3; ++i) test.outputs.push_back({c.out_channels});
  return test;
}

// Products and sums of such numbers are exact, so that all kernels mask the same elements.
Tensor coarse(std::int64_t elements, Draw& draw, double low = -2, double high = 2) {
  Tensor result = draw.tensor(elements, low, high);
  for (float& v : result.as<float>()) v = std::round(v * 32) / 32;
  return result;
}

// What the norm read, its numbers and, of some, what it put out.
void add_norm(const Conv& c, Draw& draw, Case& test) {
  const std::int64_t channels = c.in_channels;
  test.inputs.push_back(
      coarse(elements_among(c.batch * pixels(c.in), channels, c.norm_width), draw));
  test.inputs.push_back(coarse(channels, draw));
  test.inputs.push_back(draw.tensor(channels, 0.5, 2));
  test.inputs.push_back(coarse(channels, draw, -4, 4));
  test.inputs.push_back(draw.coin() ? coarse(channels, draw) : Tensor());
  test.inputs.push_back(draw.coin() ? draw.tensor(x_elements(c), -4, 9) : Tensor());
  test.outputs.push_back({channels});
  test.outputs.push_back({channels});
}
Case grad_input(const Conv& conv, Draw& draw) {
  Conv c = conv;
  c.normalised = c.statistics = false;
  Case test{"conv_grad_input",
            c,
            {draw.tensor(y_elements(c)), draw.tensor(weight_elements(c)),
             c.bias ? draw.tensor(c.in_channels) : Tensor(),
             c.residual ? draw.tensor(x_elements(c)) : Tensor()},
            {{x_elements(c)}}};
  if (c.norm_grad) add_norm(c, draw, test);
  return test;
}

Case grad_weight(const Conv& conv, Draw& draw) {
  Conv c = conv;
  c.statistics = c.norm_grad = false;
  Case test{"conv_grad_weight",
            c,
            {draw.tensor(wide_x_elements(c)), draw.tensor(y_elements(c))},
            {{weight_elements(c)}}};
  add_source_norm(c, draw, test.inputs);
  return test;
}

// Some take over the norms around them.
void draw_norms(Draw& draw, Conv& c) {
  c.normalised = draw.integer(0, 2) == 0;
  c.input_activation = Activation(draw.integer(0, 2));
  c.statistics = draw.integer(0, 2) == 0;
  c.eps = 0.1;  // hides the noise of a variance that is 0
  c.norm_grad = draw.coin();
  c.norm_activation = Activation(draw.integer(0, 2));
}

// Few and many channels.
bool draw_conv(Draw& draw, bool grouped, Conv& c) {
  c = Conv{};
  c.batch = draw.integer(1, 3);
  c.groups = grouped ? draw.one_of({2, 3, 4}) : 1;
  const std::int64_t most = draw.integer(0, 5) == 0 ? 150 : 20;
  c.in_channels = c.groups * draw.integer(1, most / (grouped ? 2 : 1));
  c.out_channels = c.groups * draw.integer(1, most / (grouped ? 2 : 1));
  draw_ends(draw, c);
  draw_norms(draw, c);
  return draw_axes(draw, c);
}

std::vector<Conv> corners() {
  std::vector<Conv> list;
  const auto add = [&](std::int64_t batch, std::int64_t in_channels, std::int64_t out_channels,
                       std::int64_t extent, std::int64_t kernel, std::int64_t stride,
                       std::int64_t pad, std::int64_t groups = 1) {
    Conv c =
        square_conv(Numerics::exact, batch, in_channels, out_channels, extent, kernel, stride, pad);
    c.groups = groups;
    list.push_back(c);
    c.residual = true;
    list.push_back(c);
    c.normalised = c.statistics = c.norm_grad = true;
    c.input_activation = c.norm_activation = Activation::relu;
    c.eps = 0.1;
    list.push_back(c);
  };
  add(1, 1, 1, 1, 1, 1, 0);        // one pixel, one channel
  add(3, 5, 7, 1, 3, 1, 1);        // one pixel, all else padding
  add(2, 64, 64, 14, 3, 1, 1);     // merged taps, whole vectors
  add(2, 128, 48, 9, 3, 1, 1);     // several blocks along the reduction
  add(1, 1024, 33, 7, 1, 1, 0);    // channels whose stride is a power of two
  add(1, 512, 33, 7, 1, 1, 0);     // read in place, with half of such a stride
  add(2, 3, 16, 140, 3, 1, 1);     // few multiply-adds: tasks of many pixels
  add(3, 16, 40, 100, 1, 1, 0);    // likewise, in place
  add(1, 512, 64, 7, 3, 2, 1);     // a phase of the gradient for every stride
  add(7, 2100, 10, 1, 1, 1, 0);    // a linear layer with more than one block of inputs
  add(2, 3, 64, 37, 7, 2, 3);      // the stem of a ResNet
  add(1, 3, 8, 35, 11, 4, 2);      // the stem of AlexNet
  add(2, 8, 8, 9, 1, 3, 0);        // stride above the kernel: most of dx is zero
  add(1, 2, 2, 150, 3, 1, 1);      // rows longer than a task
  add(9, 80, 70, 7, 3, 1, 1);      // small images, several to a block
  add(9, 40, 40, 5, 3, 2, 1);      // likewise, merged taps
  add(5, 200, 100, 13, 1, 2, 0);   // likewise, one tap that skips pixels
  add(2, 700, 800, 7, 1, 1, 0);    // a gradient too large for several copies
  add(1, 690, 690, 2, 3, 1, 1);    // weights that are packed past the caches
  add(2, 12, 12, 6, 3, 1, 1, 12);  // one channel per group
  add(2, 12, 24, 6, 3, 1, 1, 12);  // depth multiplier 2
  add(3, 40, 140, 9, 1, 1, 0);     // one tap, all pixels in one row
  add(2, 2100, 70, 5, 1, 1, 0);    // likewise, several blocks along the reduction
  add(2, 96, 64, 5, 1, 1, 0, 2);   // likewise, groups
  add(3, 60, 20, 6, 1, 1, 0);      // one tap that reaches into padding
  for (std::size_t i = list.size() - 3; i < list.size(); ++i) list[i].out = {1, 7, 8};
  return list;
}

std::vector<Conv> shapes() {
  std::vector<Conv> list = corners();
  Draw draw(17);
  Conv c;
  while (list.size() < 520)
    if (draw_conv(draw, list.size() % 4 == 0, c)) list.push_back(c);
  return list;
}

void check_pass(Case (*make)(const Conv&, Draw&), const std::vector<Conv>& list = shapes()) {
  Draw draw(4);
  std::vector<Case> cases;
  for (const Conv& c : list) cases.push_back(make(c, draw));
  check_all(cases);
}

TEST(Conv2d, EqualsTheReference) { check_pass(forward); }
TEST(Conv2dGradInput, EqualsTheReference) { check_pass(grad_input); }
TEST(Conv2dGradWeight, EqualsTheReference) { check_pass(grad_weight); }

// The same where x, y and what a norm read lie among the channels of wider tensors. Some widths are
// powers of two, and 1x1 convolutions are frequent.
std::vector<Conv> wide_shapes() {
  std::vector<Conv> list;
  Draw draw(19);
  const auto wider = [&](std::int64_t channels) {
    return draw.coin() ? channels + draw.integer(1, 70) : (channels + 1023) / 1024 * 1024;
  };
  while (list.size() < 260) {
    Conv c;
    if (!draw_conv(draw, list.size() % 4 == 0, c)) continue;
    if (draw.coin()) {
      c.kernel = c.stride = c.dilation = {1, 1, 1};
      c.pad = {0, 0, 0};
      c.out = c.in;
    }
    if (draw.coin()) c.x_width = wider(c.in_channels);
    if (draw.coin()) c.y_width = wider(c.out_channels);
    if (draw.coin()) c.norm_width = wider(c.in_channels);
    c.residual = c.residual && c.y_width == 0;
    list.push_back(c);
  }
  return list;
}

void check_wide(Case (*make)(const Conv&, Draw&)) { check_pass(make, wide_shapes()); }

TEST(Conv2d, AmongWiderTensorsEqualsTheReference) { check_wide(forward); }
TEST(Conv2dGradWeight, AmongWiderTensorsEqualsTheReference) {
  check_wide([](const Conv& conv, Draw& draw) {
    Conv c = conv;
    c.y_width = 0;
    return grad_weight(c, draw);
  });
}
TEST(Conv2dGradInput, BesideWiderTensorsEqualsTheReference) {
  check_wide([](const Conv& conv, Draw& draw) {
    Conv c = conv;
    c.x_width = c.y_width = 0;
    if (!c.norm_grad) c.norm_width = 0;
    return grad_input(c, draw);
  });
}

// Few channels on either side, rows longer and shorter than a vector, more rows than a task.
std::vector<Conv> few_channels() {
  std::vector<Conv> list;
  Draw draw(41);
  while (list.size() < 400) {
    Conv c;
    c.batch = draw.one_of({1, 2, 3, 40});
    c.in_channels = draw.integer(1, 9);
    c.out_channels = draw.integer(1, 9);
    c.bias = draw.coin();
    c.activation = draw.coin() ? Activation::relu : Activation::none;
    bool fits = true;
    for (const std::size_t d : {1, 2})
      fits = fits && set_axis(c, d, draw.integer(1, c.batch > 3 ? 12 : 45), draw.integer(1, 8),
                              draw.one_of({1, 1, 2, 3}), 1, draw.integer(0, 3), draw.integer(0, 3));
    if (fits) list.push_back(c);
  }
  return list;
}

void check_few(Case (*make)(const Conv&, Draw&)) {
  Draw draw(43);
  std::vector<Case> cases;
  int taken = 0;
  for (const Conv& c : few_channels()) {
    cases.push_back(make(c, draw));
    const auto rows = family(cases.back().family);
    taken += std::ranges::find(rows, "few", &Kernel::name)->refuse(cases.back().problem).empty();
    if (cases.size() % 50 == 0) check_threads(cases.back());
  }
  check_all(cases);
  if (target() != "SCALAR") {
    EXPECT_GT(taken, 40) << cases[0].family;
  }
}

TEST(ConvFewChannels, Forward) { check_few(forward); }
TEST(ConvFewChannels, GradInput) {
  check_few([](const Conv& conv, Draw& draw) {
    Conv c = conv;
    c.bias = c.bias && c.in_channels == 1;  // mostly without, as in training
    return grad_input(c, draw);
  });
}
TEST(ConvFewChannels, GradWeight) { check_few(grad_weight); }

Conv linear(std::int64_t batch, std::int64_t in_channels, std::int64_t out_channels) {
  Conv c;
  c.batch = batch;
  c.in_channels = in_channels;
  c.out_channels = out_channels;
  return c;
}

// More than one block of inputs and outputs, whole and ragged, and rows that can be streamed.
std::vector<Conv> linear_layers() {
  std::vector<Conv> list = {linear(1, 1, 1),     linear(64, 2100, 130), linear(33, 1024, 200),
                            linear(5, 1000, 97), linear(3, 2048, 2050), linear(65, 40, 30)};
  Draw draw(23);
  for (int i = 0; i < 150; ++i) {
    list.push_back(linear(draw.integer(1, 64), draw.integer(1, 300), draw.integer(1, 200)));
    list.back().bias = draw.coin();
    list.back().activation = Activation(draw.integer(0, 2));
  }
  return list;
}

TEST(Linear, EqualsTheReference) {
  Draw draw(29);
  for (Case (*make)(const Conv&, Draw&) : {forward, grad_input, grad_weight}) {
    std::vector<Case> cases;
    for (const Conv& c : linear_layers()) cases.push_back(make(c, draw));
    check_threads(cases[1]);
    check_all(cases);
  }
}

TEST(Linear, RefusesConvolutionsAndLargeBatches) {
  const auto& refuse = std::ranges::find(family("conv"), "linear", &Kernel::name)->refuse;
  EXPECT_EQ(refuse(linear(64, 10, 10)), "");
  EXPECT_EQ(refuse(linear(65, 10, 10)), "a batch of more than 64");
  Conv c = linear(8, 10, 10);
  c.in = c.out = {1, 2, 1};
  EXPECT_EQ(refuse(c), "not a linear layer");
  c.in = c.out = {1, 1, 1};
  c.residual = true;
  EXPECT_EQ(refuse(c), "adds no residual");
  c.residual = false;
  c.bias = true;
  EXPECT_EQ(std::ranges::find(family("conv_grad_input"), "linear", &Kernel::name)->refuse(c),
            "adds no bias");
}

TEST(Conv2d, AnyNumberOfThreadsGivesTheSameBits) {
  Draw draw(9);
  for (const Conv& c : corners()) {
    check_threads(forward(c, draw));
    check_threads(grad_input(c, draw));
    check_threads(grad_weight(c, draw));
  }
}

TEST(Conv2d, ByHand) {
  Conv c;  // 3x3 picture, 2x2 kernel, no padding
  c.in = {1, 3, 3};
  c.out = {1, 2, 2};
  c.kernel = {1, 2, 2};
  c.bias = true;
  const Case test{"conv",
                  c,
                  {tensor_of({1.f, 2, 3, 4, 5, 6, 7, 8, 9}), tensor_of({1.f, 10, 100, 1000}),
                   tensor_of(std::vector<float>{0.5f})},
                  {{4}}};
  for (const Kernel& kernel : family("conv")) {
    if (kernel.refuse && !kernel.refuse(c).empty()) continue;
    EXPECT_EQ(floats(run(kernel, test, 2)[0]),
              (std::vector<float>{5421.5f, 6532.5f, 8754.5f, 9865.5f}))
        << kernel.name;
  }
}

TEST(Conv2d, KernelsThatDoNotKnowWiderTensorsRefuseThem) {
  Conv c = square_conv(Numerics::fast, 2, 64, 64, 14, 3, 1, 1);
  c.x_width = 128;
  const auto taken_by = [&](std::string_view family_name) {
    const auto rows = family(family_name);
    return std::ranges::find_if(
               rows, [&](const Kernel& k) { return k.refuse == nullptr || k.refuse(c).empty(); })
        ->name;
  };
  EXPECT_EQ(taken_by("conv"), "brgemm");
  EXPECT_EQ(taken_by("conv_grad_weight"), "brgemm");
  std::swap(c.x_width, c.y_width);
  EXPECT_EQ(taken_by("conv"), "winograd");
  c.residual = true;
  EXPECT_EQ(taken_by("conv"), "reference");
  c.residual = false;
  std::swap(c.y_width, c.norm_width);
  c.norm_grad = true;
  EXPECT_EQ(taken_by("conv_grad_input"), "brgemm");
}

TEST(Conv2d, RefusesWhatItCannotDoWithAReason) {
  const Kernel& blocked = *std::ranges::find(family("conv"), "brgemm", &Kernel::name);
  Conv c;
  c.dtype = DType::f64;
  EXPECT_EQ(blocked.refuse(c), "only f32");
  c.dtype = DType::f32;
  c.kernel = {1, 33, 1};
  EXPECT_NE(blocked.refuse(c).find("kernel extent"), std::string::npos);
  c.kernel = {11, 11, 11};
  EXPECT_EQ(blocked.refuse(c), "a kernel of more than 1024 taps");
  c.kernel = {1, 3, 3};
  c.in = {1, 129, 200};
  c.out = {1, 1, 72};
  c.in_channels = 64;
  c.dilation = {1, 64, 64};
  EXPECT_NE(blocked.refuse(c).find("scratch"), std::string::npos);
  EXPECT_EQ(family("conv").back().refuse, nullptr);
}

}  // namespace
}  // namespace noyau::kernels::testing
