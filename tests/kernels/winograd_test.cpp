#include <gtest/gtest.h>

#include <cmath>

#include "harness.hpp"
#include "kernels/conv/conv.hpp"

namespace noyau::kernels::testing {
namespace {

// Rounding errors, relative to the largest output: a few ulp times the size of the transforms.
constexpr double kBound = 3e-5;

Conv conv_of(std::int64_t batch, std::int64_t in_channels, std::int64_t out_channels,
             std::int64_t height, std::int64_t width, std::int64_t pad_h, std::int64_t pad_w) {
  Conv c;
  c.fast = true;
  c.batch = batch;
  c.in_channels = in_channels;
  c.out_channels = out_channels;
  c.kernel = {1, 3, 3};
  c.in = {1, height, width};
  c.pad = {0, pad_h, pad_w};
  c.out = {1, height + 2 * pad_h - 2, width + 2 * pad_w - 2};
  return c;
}

std::int64_t pixels(const Dims& d) { return d[0] * d[1] * d[2]; }
std::int64_t x_elements(const Conv& c) { return c.batch * pixels(c.in) * c.in_channels; }
std::int64_t y_elements(const Conv& c) { return c.batch * pixels(c.out) * c.out_channels; }
std::int64_t weight_elements(const Conv& c) { return c.out_channels * c.in_channels * 9; }

Case forward(const Conv& c, Draw& draw) {
  return {.family = "conv",
          .problem = c,
          .inputs = {draw.tensor(x_elements(c)), draw.tensor(weight_elements(c)),
                     c.bias ? draw.tensor(c.out_channels) : Tensor()},
          .outputs = {{y_elements(c)}},
          .tolerance = kBound};
}
Case grad_input(const Conv& c, Draw& draw) {
  return {.family = "conv_grad_input",
          .problem = c,
          .inputs = {draw.tensor(y_elements(c)), draw.tensor(weight_elements(c)),
                     c.bias ? draw.tensor(c.in_channels) : Tensor()},
          .outputs = {{x_elements(c)}},
          .tolerance = kBound};
}
Case grad_weight(const Conv& c, Draw& draw) {
  return {.family = "conv_grad_weight",
          .problem = c,
          .inputs = {draw.tensor(x_elements(c)), draw.tensor(y_elements(c))},
          .outputs = {{weight_elements(c)}},
          .tolerance = kBound};
}

// One pixel, tails of tiles and of channels, all paddings, blocks and chunks of tiles.
std::vector<Conv> shapes() {
  std::vector<Conv> list = {conv_of(1, 1, 1, 1, 1, 1, 1),      conv_of(1, 64, 64, 2, 2, 1, 1),
                            conv_of(2, 64, 64, 14, 14, 1, 1),  conv_of(1, 128, 33, 30, 21, 1, 1),
                            conv_of(2, 48, 80, 40, 37, 0, 2),  conv_of(1, 300, 70, 9, 9, 1, 1),
                            conv_of(3, 257, 161, 7, 7, 1, 1),  conv_of(3, 17, 300, 23, 19, 2, 0),
                            conv_of(2, 512, 256, 14, 14, 1, 1)};
  Draw draw(11);
  while (list.size() < 150) {
    const std::int64_t pad_h = draw.integer(0, 2), pad_w = draw.integer(0, 2);
    const bool small = draw.coin();
    const std::int64_t height = draw.integer(small ? 1 : 8, small ? 7 : 20);
    const std::int64_t width = draw.integer(small ? 1 : 8, small ? 7 : 20);
    if (height + 2 * pad_h < 3 || width + 2 * pad_w < 3) continue;
    list.push_back(conv_of(draw.integer(1, 3), draw.integer(1, 70), draw.integer(1, 70), height,
                           width, pad_h, pad_w));
    list.back().bias = draw.coin();
    list.back().activation = draw.coin() ? Activation::relu : Activation::none;
  }
  return list;
}

void check_pass(Case (*make)(const Conv&, Draw&)) {
  Draw draw(5);
  std::vector<Case> cases;
  for (const Conv& c : shapes()) cases.push_back(make(c, draw));
  check_all(cases);
}

TEST(Winograd, ForwardEqualsTheReference) { check_pass(forward); }
TEST(Winograd, GradInputEqualsTheReference) { check_pass(grad_input); }
TEST(Winograd, GradWeightEqualsTheReference) { check_pass(grad_weight); }

}  // namespace
}  // namespace noyau::kernels::testing
