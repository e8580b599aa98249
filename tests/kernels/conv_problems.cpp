#include "conv_problems.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace noyau::kernels::testing {

std::int64_t pixels(const Dims& d) { return d[0] * d[1] * d[2]; }
std::int64_t x_elements(const Conv& c) { return c.batch * pixels(c.in) * c.in_channels; }
std::int64_t y_elements(const Conv& c) { return c.batch * pixels(c.out) * c.out_channels; }
std::int64_t elements_among(std::int64_t pixels, std::int64_t channels, std::int64_t width) {
  return width == 0 ? pixels * channels : (pixels - 1) * width + channels;
}
std::int64_t weight_elements(const Conv& c) {
  return c.out_channels * (c.in_channels / c.groups) * pixels(c.kernel);
}

bool set_axis(Conv& c, std::size_t d, std::int64_t in, std::int64_t kernel, std::int64_t stride,
              std::int64_t dilation, std::int64_t pad, std::int64_t pad_after) {
  const std::int64_t span = (kernel - 1) * dilation + 1, padded = in + pad + pad_after;
  if (padded < span) return false;
  c.in[d] = in;
  c.kernel[d] = kernel;
  c.stride[d] = stride;
  c.dilation[d] = dilation;
  c.pad[d] = pad;
  c.out[d] = (padded - span) / stride + 1;
  return true;
}

Conv square_conv(Numerics numerics, std::int64_t batch, std::int64_t in_channels,
                 std::int64_t out_channels, std::int64_t extent, std::int64_t kernel,
                 std::int64_t stride, std::int64_t pad) {
  Conv c;
  c.numerics = numerics;
  c.batch = batch;
  c.in_channels = in_channels;
  c.out_channels = out_channels;
  set_axis(c, 1, extent, kernel, stride, 1, pad, pad);
  set_axis(c, 2, extent, kernel, stride, 1, pad, pad);
  return c;
}

bool draw_axes(Draw& draw, Conv& c) {
  if (draw.integer(0, 4) == 0 &&
      !set_axis(c, 0, draw.integer(1, 4), draw.integer(1, 3), draw.integer(1, 2),
                draw.integer(1, 2), draw.integer(0, 1), draw.integer(0, 1)))
    return false;
  for (const std::size_t d : {1, 2})
    if (!set_axis(c, d, draw.integer(1, 17), draw.one_of({1, 1, 2, 3, 3, 5, 7}),
                  draw.one_of({1, 1, 2, 3, 5}), draw.integer(1, 3), draw.integer(0, 3),
                  draw.integer(0, 3)))
      return false;
  return true;
}

void draw_ends(Draw& draw, Conv& c) {
  c.bias = draw.coin();
  c.residual = draw.coin();
  c.activation = Activation(draw.integer(0, 2));
}

bool draw_dense(Draw& draw, Conv& c, std::int64_t least_in, std::int64_t least_out,
                std::int64_t many) {
  c.batch = draw.integer(1, 3);
  const std::int64_t most = draw.integer(0, 5) == 0 ? many : 40;
  c.in_channels = draw.integer(least_in, most);
  c.out_channels = draw.integer(least_out, most);
  draw_ends(draw, c);
  return draw_axes(draw, c);
}

Case forward_case(const Conv& c, Tensor x, Draw& draw) {
  Case test{.family = "conv", .problem = c, .inputs = {}, .outputs = {{y_elements(c)}}};
  test.inputs.push_back(std::move(x));
  test.inputs.push_back(draw.tensor(weight_elements(c)));
  test.inputs.push_back(c.bias ? draw.tensor(c.out_channels) : Tensor());
  test.inputs.push_back(c.residual ? draw.tensor(y_elements(c)) : Tensor());
  return test;
}

double largest_difference(const Tensor& got, const Tensor& want) {
  double largest = 0, difference = 0;
  for (std::size_t i = 0; i < want.as<float>().size(); ++i) {
    const double g = got.as<float>()[i], w = want.as<float>()[i];
    largest = std::max(largest, std::abs(w));
    difference = std::max(difference, std::isnan(g) ? HUGE_VAL : std::abs(g - w));
  }
  return difference == 0 ? 0 : difference / largest;
}

bool same_first_output(const Results& a, const Results& b) {
  return std::ranges::equal(a[0].as<float>(), b[0].as<float>());
}

}  // namespace noyau::kernels::testing
