#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "nn/append.hpp"

namespace noyau::nn {
namespace {

using Ints = std::vector<std::int64_t>;

// 2D and 3D differ in the lengths of their lists alone.
template <class Options>
void check(const Builder& b, ValueId x, const char* op, const std::string& name, const Options& o) {
  const Ints kernel = list(o.kernel_size);
  expect_rank(b, x, int(kernel.size()) + 2, op, name);
  const std::int64_t in_channels = b.channels(x);
  if (o.out_channels < 1)
    refuse(op, name, fmt::format("{} output channels", o.out_channels), "at least 1");
  if (*std::min_element(kernel.begin(), kernel.end()) < 1)
    refuse(op, name, "a kernel_size below 1", "at least 1 along each axis");
  if (o.groups < 1 || in_channels % o.groups != 0 || o.out_channels % o.groups != 0)
    refuse(
        op, name, fmt::format("{} groups", o.groups),
        fmt::format("a divisor of {} input and {} output channels", in_channels, o.out_channels));
}

template <class Options>
Attributes attributes(const Options& o) {
  return {{"stride", list(o.stride)},
          {"padding", list(o.padding)},
          {"dilation", list(o.dilation)},
          {"groups", o.groups}};
}

// The layer's weight [first, second, kernel...] and its bias.
template <class Options>
std::vector<ValueId> with_parameters(Builder& b, ValueId x, const std::string& name,
                                     const Options& o, std::int64_t first, std::int64_t second) {
  Ints extents{first, second};
  const Ints kernel = list(o.kernel_size);
  extents.insert(extents.end(), kernel.begin(), kernel.end());
  const Shape shape(extents);
  const ValueId weight =
      b.graph.add_parameter(name + ".weight", shape, o.init.value_or(kTorchDefault), b.dtype);
  if (!o.bias) return {x, weight, kNoValue};
  return {x, weight, add_bias(b, name, o.out_channels, shape.elements() / first, o.bias_init)};
}

template <class Options>
ValueId conv(Builder& b, ValueId x, const char* op, const std::string& name, const Options& o) {
  check(b, x, op, name, o);
  Attributes all = attributes(o);
  all["padding"] =
      padding_of(b, x, list(o.kernel_size), list(o.stride), list(o.dilation), list(o.padding));
  return append(b, "conv", name,
                with_parameters(b, x, name, o, o.out_channels, b.channels(x) / o.groups),
                std::move(all));
}

template <class Options>
ValueId conv_transpose(Builder& b, ValueId x, const char* op, const std::string& name,
                       const Options& o) {
  check(b, x, op, name, o);
  Attributes all = attributes(o);
  all["output_padding"] = list(o.output_padding);
  return append(b, "conv_transpose", name,
                with_parameters(b, x, name, o, b.channels(x), o.out_channels / o.groups),
                std::move(all));
}

}  // namespace

ValueId conv2d(Builder& b, ValueId x, const std::string& name, const Conv2dOptions& o) {
  return conv(b, x, "conv2d", name, o);
}
ValueId conv3d(Builder& b, ValueId x, const std::string& name, const Conv3dOptions& o) {
  return conv(b, x, "conv3d", name, o);
}

ValueId conv_transpose2d(Builder& b, ValueId x, const std::string& name,
                         const ConvTranspose2dOptions& o) {
  return conv_transpose(b, x, "conv_transpose2d", name, o);
}
ValueId conv_transpose3d(Builder& b, ValueId x, const std::string& name,
                         const ConvTranspose3dOptions& o) {
  return conv_transpose(b, x, "conv_transpose3d", name, o);
}

ValueId conv_norm_act(Builder& b, ValueId x, const ConvNormActNames& names, Conv2dOptions conv,
                      const BatchNormOptions& norm) {
  conv.bias = false;
  if (!conv.init) {
    conv.init = kKaimingNormal;
    // fan_out counts the outputs that one input reaches; with groups these are fewer.
    conv.init->scale = std::sqrt(double(conv.groups));
  }
  ValueId y = conv2d(b, x, names.conv, conv);
  if (!names.norm.empty()) y = batch_norm(b, y, names.norm, norm);
  if (!names.act.empty()) y = relu(b, y, names.act);
  return y;
}

}  // namespace noyau::nn
