#include <fmt/format.h>

#include <cmath>

#include "nn/append.hpp"

namespace noyau::nn {
namespace {

void check(const Builder& b, ValueId x, const std::string& name, const Conv2dOptions& o) {
  expect_rank(b, x, 4, "conv2d", name);
  const std::int64_t in_channels = b.channels(x);
  if (o.out_channels < 1) {
    refuse("conv2d", name, fmt::format("{} output channels", o.out_channels), "at least 1");
  }
  if (o.kernel_size.height < 1 || o.kernel_size.width < 1) {
    refuse("conv2d", name, fmt::format("a {}x{} kernel", o.kernel_size.height, o.kernel_size.width),
           "at least 1x1");
  }
  if (o.groups < 1 || in_channels % o.groups != 0 || o.out_channels % o.groups != 0) {
    refuse(
        "conv2d", name, fmt::format("{} groups", o.groups),
        fmt::format("a divisor of {} input and {} output channels", in_channels, o.out_channels));
  }
}

}  // namespace

ValueId conv2d(Builder& b, ValueId x, const std::string& name, const Conv2dOptions& o) {
  check(b, x, name, o);
  const Shape shape{o.out_channels, b.channels(x) / o.groups, o.kernel_size.height,
                    o.kernel_size.width};
  const ValueId weight = b.graph.add_parameter(name + ".weight", shape, o.init, b.dtype);
  ValueId bias = kNoValue;
  if (o.bias) {
    bias = add_bias(b, name, o.out_channels, shape.elements() / o.out_channels, o.bias_init);
  }
  return append(b, "conv2d", name, {x, weight, bias},
                {{"stride", list(o.stride)},
                 {"padding", list(o.padding)},
                 {"dilation", list(o.dilation)},
                 {"groups", o.groups}});
}

ValueId conv_norm_act(Builder& b, ValueId x, const ConvNormActNames& names, Conv2dOptions conv,
                      const BatchNormOptions& norm) {
  conv.bias = false;
  conv.init = kKaimingNormal;
  // fan_out counts the outputs that one input reaches; with groups these are fewer.
  conv.init.scale = std::sqrt(double(conv.groups));
  ValueId y = conv2d(b, x, names.conv, conv);
  if (!names.norm.empty()) y = batch_norm(b, y, names.norm, norm);
  if (!names.act.empty()) y = relu(b, y, names.act);
  return y;
}

}  // namespace noyau::nn
