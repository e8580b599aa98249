#include "plan/bind.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "noyau/error.hpp"

namespace noyau::plan {
namespace {

using kernels::Activation;
using kernels::Dims;
using Ints = std::vector<std::int64_t>;

// The spatial extents of NHWC or NDHWC as depth, height, width.
Dims spatial(const Shape& shape) {
  Dims dims{1, 1, 1};
  const int spatial_rank = shape.rank() - 2;
  for (int i = 0; i < spatial_rank; ++i) dims[std::size_t(3 - spatial_rank + i)] = shape[1 + i];
  return dims;
}

// An attribute list of one number per spatial axis as depth, height, width.
Dims dims(const Node& node, std::string_view attribute, std::int64_t missing) {
  const auto& list = node.get<Ints>(attribute);
  Dims result{missing, missing, missing};
  std::copy(list.begin(), list.end(), result.end() - std::ptrdiff_t(list.size()));
  return result;
}

// The attribute "padding" lists before and after per axis: {top, bottom, left, right}.
Dims padding(const Node& node, int side) {
  const auto& list = node.get<Ints>("padding");
  Dims result{0, 0, 0};
  const std::size_t axes = list.size() / 2;
  for (std::size_t i = 0; i < axes; ++i) result[3 - axes + i] = list[2 * i + std::size_t(side)];
  return result;
}

Activation activation_named(const Node& node, std::string_view attribute) {
  const std::string name = node.has(attribute) ? node.get<std::string>(attribute) : "none";
  return name == "relu" ? Activation::relu : name == "relu6" ? Activation::relu6 : Activation::none;
}

Activation activation(const Node& node) { return activation_named(node, "activation"); }

bool given(const Node& node, std::size_t input) {
  return node.inputs.size() > input && node.inputs[input] != kNoValue;
}

kernels::Conv conv_problem(const Graph& graph, const Node& node, const Shape& x,
                           const Shape& weight, const Shape& y) {
  kernels::Conv c;
  c.dtype = graph.type(node.outputs[0]).dtype;
  c.batch = x[0];
  c.in_channels = x[-1];
  c.out_channels = y[-1];
  c.groups = node.get<std::int64_t>("groups");
  c.in = spatial(x);
  c.out = spatial(y);
  for (int i = 2; i < weight.rank(); ++i)
    c.kernel[std::size_t(3 - (weight.rank() - 2) + i - 2)] = weight[i];
  c.stride = dims(node, "stride", 1);
  c.dilation = dims(node, "dilation", 1);
  c.pad = padding(node, 0);
  c.activation = activation(node);
  return c;
}

Binding conv_binding(kernels::Conv c, std::string_view dense, std::string_view depthwise) {
  const bool per_channel = c.groups > 1 && c.groups == c.in_channels && c.groups == c.out_channels;
  return {per_channel ? depthwise : dense, c};
}

Binding conv_forward(const Graph& graph, const Node& node) {
  auto c = conv_problem(graph, node, graph.shape(node.inputs[0]), graph.shape(node.inputs[1]),
                        graph.shape(node.outputs[0]));
  c.bias = given(node, 2);
  c.residual = given(node, 3);
  return conv_binding(c, "conv", "depthwise");
}

Binding conv_grad_input(const Graph& graph, const Node& node) {
  auto c = conv_problem(graph, node, graph.shape(node.outputs[0]), graph.shape(node.inputs[1]),
                        graph.shape(node.inputs[0]));
  c.bias = given(node, 2);
  c.residual = given(node, 3);
  return conv_binding(c, "conv_grad_input", "depthwise_grad_input");
}

Binding conv_norm(const Graph& graph, const Node& node) {
  Binding binding = conv_forward(graph, node);
  auto& c = std::get<kernels::Conv>(binding.problem);
  c.normalised = given(node, 4);
  c.input_activation = activation_named(node, "input_activation");
  c.statistics = node.get<bool>("statistics");
  c.eps = node.get<double>("eps");
  c.momentum = node.get<double>("momentum");
  return binding;
}

Binding conv_grad_input_norm(const Graph& graph, const Node& node) {
  Binding binding = conv_grad_input(graph, node);
  auto& c = std::get<kernels::Conv>(binding.problem);
  c.norm_grad = true;
  c.norm_activation = activation_named(node, "norm_activation");
  return binding;
}

Binding conv_grad_weight(const Graph& graph, const Node& node) {
  auto c = conv_problem(graph, node, graph.shape(node.inputs[0]), graph.shape(node.outputs[0]),
                        graph.shape(node.inputs[1]));
  c.normalised = given(node, 2);
  c.input_activation = activation_named(node, "input_activation");
  return conv_binding(c, "conv_grad_weight", "depthwise_grad_weight");
}

// The gradient of the input of a convolution that maps y to x.
Binding conv_transpose(const Graph& graph, const Node& node) {
  auto c = conv_problem(graph, node, graph.shape(node.outputs[0]), graph.shape(node.inputs[1]),
                        graph.shape(node.inputs[0]));
  c.bias = given(node, 2);
  return conv_binding(c, "conv_grad_input", "depthwise_grad_input");
}

// A linear layer is a convolution of one pixel: x [rows, in], weight [out, in], y [rows, out].
kernels::Conv linear(const Graph& graph, const Node& node, const Shape& x, const Shape& y) {
  kernels::Conv c;
  c.dtype = graph.type(node.outputs[0]).dtype;
  c.batch = x[0];
  c.in_channels = x[1];
  c.out_channels = y[1];
  c.activation = activation(node);
  return c;
}

Binding linear_forward(const Graph& graph, const Node& node) {
  auto c = linear(graph, node, graph.shape(node.inputs[0]), graph.shape(node.outputs[0]));
  c.bias = given(node, 2);
  return {"conv", c};
}

Binding linear_grad_input(const Graph& graph, const Node& node) {
  return {"conv_grad_input",
          linear(graph, node, graph.shape(node.outputs[0]), graph.shape(node.inputs[0]))};
}

Binding linear_grad_weight(const Graph& graph, const Node& node) {
  return {"conv_grad_weight",
          linear(graph, node, graph.shape(node.inputs[0]), graph.shape(node.inputs[1]))};
}

// `x` is the input that is normalised.
Binding norm_of(const Graph& graph, const Node& node, std::size_t x, std::string_view family) {
  const Shape& shape = graph.shape(node.inputs[x]);
  kernels::Norm norm;
  norm.dtype = graph.type(node.outputs[0]).dtype;
  norm.channels = shape[-1];
  norm.rows = norm.channels == 0 ? 0 : shape.elements() / norm.channels;
  norm.activation = activation(node);
  return {family, norm};
}

Binding batch_norm(const Graph& graph, const Node& node, std::string_view family, bool residual) {
  Binding binding = norm_of(graph, node, 0, family);
  auto& norm = std::get<kernels::Norm>(binding.problem);
  norm.eps = node.get<double>("eps");
  if (node.has("momentum")) norm.momentum = node.get<double>("momentum");
  norm.training = node.get<bool>("training");
  norm.residual = residual;
  return binding;
}

Binding batch_norm_forward(const Graph& graph, const Node& node) {
  return batch_norm(graph, node, "batch_norm", given(node, 5));
}

Binding batch_norm_grad(const Graph& graph, const Node& node) {
  return batch_norm(graph, node, "batch_norm_grad", node.outputs.size() > 3);
}

Binding batch_norm_apply(const Graph& graph, const Node& node) {
  Binding binding = norm_of(graph, node, 0, "batch_norm_apply");
  std::get<kernels::Norm>(binding.problem).residual = given(node, 4);
  return binding;
}

Binding batch_norm_statistics(const Graph& graph, const Node& node) {
  Binding binding = norm_of(graph, node, 0, "batch_norm_statistics");
  auto& norm = std::get<kernels::Norm>(binding.problem);
  norm.eps = node.get<double>("eps");
  norm.momentum = node.get<double>("momentum");
  return binding;
}

// `x` is the input that is normalised.
Binding layer_norm(const Graph& graph, const Node& node, std::size_t x, std::string_view family) {
  const Shape& shape = graph.shape(node.inputs[x]);
  const bool whole_image = node.get<std::string>("axes") == "all";
  kernels::LayerNorm norm;
  norm.dtype = graph.type(node.inputs[x]).dtype;
  norm.eps = node.get<double>("eps");
  norm.columns = shape[-1];
  for (int axis = 1; whole_image && axis < shape.rank() - 1; ++axis) norm.columns *= shape[axis];
  norm.rows = shape.elements() / norm.columns;
  if (norm.columns != shape[-1]) norm.channels = shape[-1];
  return {family, norm};
}

Binding group_norm(const Graph& graph, const Node& node, std::size_t x, std::string_view family) {
  const Shape& shape = graph.shape(node.inputs[x]);
  kernels::GroupNorm norm;
  norm.dtype = graph.type(node.inputs[x]).dtype;
  norm.eps = node.get<double>("eps");
  norm.groups = node.get<std::int64_t>("groups");
  norm.batch = shape[0];
  norm.channels = shape[-1];
  for (int axis = 1; axis < shape.rank() - 1; ++axis) norm.positions *= shape[axis];
  return {family, norm};
}

Binding local_response_norm(const Graph& graph, const Node& node, std::string_view family) {
  const Shape& x = graph.shape(node.inputs[0]);
  kernels::LocalResponseNorm norm;
  norm.dtype = graph.type(node.outputs[0]).dtype;
  norm.channels = x[-1];
  norm.rows = norm.channels == 0 ? 0 : x.elements() / norm.channels;
  norm.size = node.get<std::int64_t>("size");
  norm.alpha = node.get<double>("alpha");
  norm.beta = node.get<double>("beta");
  norm.k = node.get<double>("k");
  return {family, norm};
}

kernels::Pool pool(const Graph& graph, const Node& node, const Shape& x, const Shape& y) {
  kernels::Pool p;
  p.dtype = graph.type(node.outputs[0]).dtype;
  p.batch = x[0];
  p.channels = x[-1];
  p.in = spatial(x);
  p.out = spatial(y);
  p.kernel = dims(node, "kernel_size", 1);
  p.stride = dims(node, "stride", 1);
  if (node.has("dilation")) p.dilation = dims(node, "dilation", 1);
  p.pad = padding(node, 0);
  p.pad_after = padding(node, 1);
  if (node.has("count_include_pad")) p.count_include_pad = node.get<bool>("count_include_pad");
  if (node.has("divisor_override")) p.divisor_override = node.get<std::int64_t>("divisor_override");
  return p;
}

Binding pool_forward(const Graph& graph, const Node& node, std::string_view family) {
  return {family, pool(graph, node, graph.shape(node.inputs[0]), graph.shape(node.outputs[0]))};
}

Binding pool_grad(const Graph& graph, const Node& node, std::string_view family) {
  return {family, pool(graph, node, graph.shape(node.outputs[0]), graph.shape(node.inputs[0]))};
}

Binding adaptive_pool(const Graph& graph, const Node& node, const Shape& x, const Shape& y,
                      std::string_view family) {
  kernels::Pool p;
  p.dtype = graph.type(node.outputs[0]).dtype;
  p.batch = x[0];
  p.channels = x[-1];
  p.in = p.kernel = spatial(x);
  p.out = spatial(y);
  p.adaptive = true;
  return {family, p};
}

Binding adaptive_pool_forward(const Graph& graph, const Node& node, std::string_view family) {
  return adaptive_pool(graph, node, graph.shape(node.inputs[0]), graph.shape(node.outputs[0]),
                       family);
}

Binding adaptive_pool_grad(const Graph& graph, const Node& node, std::string_view family) {
  return adaptive_pool(graph, node, graph.shape(node.outputs[0]), graph.shape(node.inputs[0]),
                       family);
}

Binding resize(const Graph& graph, const Node& node, const Shape& x, const Shape& y,
               std::string_view family) {
  using Mode = kernels::Resize::Mode;
  const auto& mode = node.get<std::string>("mode");
  kernels::Resize r;
  r.dtype = graph.type(node.outputs[0]).dtype;
  r.batch = x[0];
  r.channels = x[-1];
  r.in = spatial(x);
  r.out = spatial(y);
  r.mode = mode == "nearest"         ? Mode::nearest
           : mode == "nearest_exact" ? Mode::nearest_exact
           : mode == "linear"        ? Mode::linear
                                     : Mode::cubic;
  r.align_corners = node.get<bool>("align_corners");
  r.antialias = node.get<bool>("antialias");
  return {family, r};
}

Binding resize_forward(const Graph& graph, const Node& node) {
  return resize(graph, node, graph.shape(node.inputs[0]), graph.shape(node.outputs[0]), "resize");
}

Binding resize_grad(const Graph& graph, const Node& node) {
  return resize(graph, node, graph.shape(node.outputs[0]), graph.shape(node.inputs[0]),
                "resize_grad");
}

// [batch, everything between, channels].
kernels::Reduce pixels(const Graph& graph, ValueId value) {
  const Shape& x = graph.shape(value);
  kernels::Reduce r;
  r.dtype = graph.type(value).dtype;
  r.outer = x[0];
  r.inner = x[-1];
  r.middle = r.outer * r.inner == 0 ? 0 : x.elements() / (r.outer * r.inner);
  return r;
}

// One window over everything is the mean over all pixels.
Binding adaptive_avg_pool(const Graph& g, const Node& n) {
  if (spatial(g.shape(n.outputs[0])) == kernels::Dims{1, 1, 1})
    return {"global_avg_pool", pixels(g, n.inputs[0])};
  return adaptive_pool_forward(g, n, "avg_pool");
}

Binding adaptive_avg_pool_grad(const Graph& g, const Node& n) {
  if (spatial(g.shape(n.inputs[0])) == kernels::Dims{1, 1, 1})
    return {"global_avg_pool_grad", pixels(g, n.outputs[0])};
  return adaptive_pool_grad(g, n, "avg_pool_grad");
}

Binding sum_rows(const Graph& graph, const Node& node) {
  kernels::Reduce r = pixels(graph, node.inputs[0]);
  r.outer *= r.middle;
  r.middle = 1;
  return {"sum_rows", r};
}

Binding flatten(const Graph& graph, const Node& node, bool gradient) {
  kernels::Reduce r = pixels(graph, gradient ? node.outputs[0] : node.inputs[0]);
  const bool view = r.middle == 1 || r.inner == 1;
  if (gradient) std::swap(r.middle, r.inner);
  return {"transpose_middle", r, view};
}

// `scale` holds a factor for each of [outer, channels] of `x`.
Binding scale(const Graph& graph, const Node& node, ValueId x, ValueId scale,
              std::string_view family, bool gated) {
  kernels::Scale s;
  s.dtype = graph.type(node.outputs[0]).dtype;
  const std::int64_t factors = graph.shape(scale).elements();
  s.inner = graph.shape(scale)[-1];
  s.outer = factors == 0 ? 0 : factors / s.inner;
  s.middle = factors == 0 ? 0 : graph.shape(x).elements() / factors;
  s.gated = gated;
  return {family, s};
}

// Blocks side by side; for the slices `narrow` lies in `wide` from the attribute "begin" on.
Binding concat(const Graph& graph, const Node& node) {
  const Shape& y = graph.shape(node.outputs[0]);
  kernels::Channels c;
  c.dtype = graph.type(node.outputs[0]).dtype;
  for (const ValueId x : node.inputs) c.widths.push_back(graph.shape(x)[-1]);
  c.rows = y[-1] == 0 ? 0 : y.elements() / y[-1];
  return {"concat", c};
}

Binding slice_channels(const Graph& graph, const Node& node, const Shape& wide, const Shape& narrow,
                       std::string_view family) {
  kernels::Channels c;
  c.dtype = graph.type(node.outputs[0]).dtype;
  c.widths = {narrow[-1]};
  c.before = node.get<std::int64_t>("begin");
  c.after = wide[-1] - c.before - narrow[-1];
  c.rows = wide.elements() / wide[-1];
  return {family, c};
}

Binding elementwise(const Graph& graph, const Node& node, std::string_view family) {
  kernels::Elementwise e;
  e.dtype = graph.type(node.outputs[0]).dtype;
  e.count = graph.shape(node.outputs[0]).elements();
  if (node.has("p")) e.alpha = node.get<double>("p");
  if (node.has("value")) e.alpha = node.get<double>("value");
  if (node.has("per_image") && node.get<bool>("per_image") && e.count > 0)
    e.group = e.count / graph.shape(node.outputs[0])[0];
  if (node.has("id")) e.id = std::uint64_t(node.get<std::int64_t>("id"));
  return {family, e};
}

Binding mul(const Graph& graph, const Node& node) {
  const ValueId x = node.inputs[0], factors = node.inputs[1];
  Binding binding = scale(graph, node, x, factors, "scale", false);
  auto& s = std::get<kernels::Scale>(binding.problem);
  s.residual = given(node, 2);
  s.spread = given(node, 3);
  s.activation = activation(node);
  const bool plain = !s.residual && !s.spread && s.activation == Activation::none;
  if (plain && graph.shape(x) == graph.shape(factors)) return elementwise(graph, node, "mul");
  return binding;
}

Binding unary(const Graph& graph, const Node& node, std::string_view family,
              kernels::Function function) {
  kernels::Unary u;
  u.dtype = graph.type(node.outputs[0]).dtype;
  u.count = graph.shape(node.outputs[0]).elements();
  u.function = function;
  if (node.has("negative_slope")) u.alpha = node.get<double>("negative_slope");
  if (node.has("alpha")) u.alpha = node.get<double>("alpha");
  if (node.has("approximate") && node.get<std::string>("approximate") == "tanh")
    u.function = kernels::Function::gelu_tanh;
  return {family, u};
}

kernels::CrossEntropy::Reduction reduction(const Node& node) {
  using Reduction = kernels::CrossEntropy::Reduction;
  const auto& name = node.get<std::string>("reduction");
  return name == "none" ? Reduction::none : name == "sum" ? Reduction::sum : Reduction::mean;
}

kernels::Loss loss(const Graph& graph, const Node& node) {
  const Shape& x = graph.shape(node.inputs[0]);
  kernels::Loss l;
  l.dtype = graph.type(node.inputs[0]).dtype;
  l.count = x.elements();
  l.channels = x[-1];
  l.reduction = reduction(node);
  return l;
}

Binding sigmoid_cross_entropy(const Graph& graph, const Node& node, std::string_view family) {
  using Weight = kernels::Loss::Weight;
  kernels::Loss l = loss(graph, node);
  l.kind = kernels::Loss::Kind::sigmoid_cross_entropy;
  l.positive_weight = given(node, 2);
  if (given(node, 3)) {
    const bool same = graph.shape(node.inputs[3]) == graph.shape(node.inputs[0]);
    l.weight = same ? Weight::per_element : Weight::per_channel;
  }
  return {family, l};
}

Binding cross_entropy(const Graph& graph, const Node& node, std::string_view family) {
  const Shape& logits = graph.shape(node.inputs[0]);
  kernels::CrossEntropy ce;
  ce.dtype = graph.type(node.inputs[0]).dtype;
  ce.rows = logits[0];
  ce.classes = logits[1];
  if (node.has("reduction")) {
    ce.soft_targets = graph.shape(node.inputs[1]).rank() == 2;
    ce.class_weight = given(node, 2);
    ce.label_smoothing = node.get<double>("label_smoothing");
    ce.ignore_index = node.get<std::int64_t>("ignore_index");
    ce.reduction = reduction(node);
  }
  return {family, ce};
}

struct Row {
  std::string_view op;
  Binding (*bind)(const Graph&, const Node&);
};

#define NOYAU_BIND(op, expression)                                \
  Row {                                                           \
#op, [](const Graph& g, const Node& n) { return expression; } \
  }

constexpr std::array kRows = {
    NOYAU_BIND(conv, conv_forward(g, n)),
    NOYAU_BIND(conv_grad_input, conv_grad_input(g, n)),
    NOYAU_BIND(conv_grad_weight, conv_grad_weight(g, n)),
    NOYAU_BIND(conv_norm, conv_norm(g, n)),
    NOYAU_BIND(conv_grad_input_norm, conv_grad_input_norm(g, n)),
    NOYAU_BIND(conv_transpose, conv_transpose(g, n)),
    NOYAU_BIND(linear, linear_forward(g, n)),
    NOYAU_BIND(linear_grad_input, linear_grad_input(g, n)),
    NOYAU_BIND(linear_grad_weight, linear_grad_weight(g, n)),
    NOYAU_BIND(sum_rows, sum_rows(g, n)),
    NOYAU_BIND(batch_norm, batch_norm_forward(g, n)),
    NOYAU_BIND(batch_norm_grad, batch_norm_grad(g, n)),
    NOYAU_BIND(batch_norm_statistics, batch_norm_statistics(g, n)),
    NOYAU_BIND(batch_norm_apply, batch_norm_apply(g, n)),
    NOYAU_BIND(batch_norm_grad_input, norm_of(g, n, 1, "batch_norm_grad_input")),
    NOYAU_BIND(layer_norm, layer_norm(g, n, 0, "layer_norm")),
    NOYAU_BIND(layer_norm_grad, layer_norm(g, n, 1, "layer_norm_grad")),
    NOYAU_BIND(group_norm, group_norm(g, n, 0, "group_norm")),
    NOYAU_BIND(group_norm_grad, group_norm(g, n, 1, "group_norm_grad")),
    NOYAU_BIND(local_response_norm, local_response_norm(g, n, "local_response_norm")),
    NOYAU_BIND(local_response_norm_grad, local_response_norm(g, n, "local_response_norm_grad")),
#define NOYAU_ACTIVATION(name, ...)                                     \
  NOYAU_BIND(name, unary(g, n, "activation", kernels::Function::name)), \
      NOYAU_BIND(name##_grad, unary(g, n, "activation_grad", kernels::Function::name)),
#include "base/activations.def"
#undef NOYAU_ACTIVATION
    NOYAU_BIND(add, elementwise(g, n, "add")),
    NOYAU_BIND(mul, mul(g, n)),
    NOYAU_BIND(mul_grad_scale, scale(g, n, n.inputs[0], n.outputs[0], "scale_grad", false)),
    NOYAU_BIND(mul_relu_grad, scale(g, n, n.inputs[0], n.outputs[1], "scale_relu_grad", false)),
    NOYAU_BIND(prelu, scale(g, n, n.inputs[0], n.inputs[1], "scale", true)),
    NOYAU_BIND(prelu_grad_input, scale(g, n, n.inputs[0], n.inputs[1], "scale", true)),
    NOYAU_BIND(prelu_grad_weight, scale(g, n, n.inputs[0], n.outputs[0], "scale_grad", true)),
    NOYAU_BIND(concat, concat(g, n)),
    NOYAU_BIND(slice_channels,
               slice_channels(g, n, g.shape(n.inputs[0]), g.shape(n.outputs[0]), "slice_channels")),
    NOYAU_BIND(slice_channels_grad,
               slice_channels(g, n, g.shape(n.outputs[0]), g.shape(n.inputs[0]), "concat")),
    NOYAU_BIND(dropout, elementwise(g, n, "dropout")),
    NOYAU_BIND(dropout_grad, elementwise(g, n, "dropout_grad")),
    NOYAU_BIND(constant, elementwise(g, n, "fill")),
    NOYAU_BIND(max_pool, pool_forward(g, n, "max_pool")),
    NOYAU_BIND(max_pool_grad, pool_grad(g, n, "max_pool_grad")),
    NOYAU_BIND(avg_pool, pool_forward(g, n, "avg_pool")),
    NOYAU_BIND(avg_pool_grad, pool_grad(g, n, "avg_pool_grad")),
    NOYAU_BIND(adaptive_avg_pool, adaptive_avg_pool(g, n)),
    NOYAU_BIND(adaptive_avg_pool_grad, adaptive_avg_pool_grad(g, n)),
    NOYAU_BIND(adaptive_max_pool, adaptive_pool_forward(g, n, "max_pool")),
    NOYAU_BIND(adaptive_max_pool_grad, adaptive_pool_grad(g, n, "max_pool_grad")),
    NOYAU_BIND(global_avg_pool, (Binding{"global_avg_pool", pixels(g, n.inputs[0])})),
    NOYAU_BIND(global_avg_pool_grad, (Binding{"global_avg_pool_grad", pixels(g, n.outputs[0])})),
    NOYAU_BIND(resize, resize_forward(g, n)),
    NOYAU_BIND(resize_grad, resize_grad(g, n)),
    NOYAU_BIND(flatten, flatten(g, n, false)),
    NOYAU_BIND(flatten_grad, flatten(g, n, true)),
    NOYAU_BIND(softmax, cross_entropy(g, n, "softmax")),
    NOYAU_BIND(softmax_grad, cross_entropy(g, n, "softmax_grad")),
    NOYAU_BIND(log_softmax, cross_entropy(g, n, "log_softmax")),
    NOYAU_BIND(log_softmax_grad, cross_entropy(g, n, "log_softmax_grad")),
    NOYAU_BIND(softmax_cross_entropy, cross_entropy(g, n, "softmax_cross_entropy")),
    NOYAU_BIND(softmax_cross_entropy_grad, cross_entropy(g, n, "softmax_cross_entropy_grad")),
    NOYAU_BIND(sigmoid_cross_entropy, sigmoid_cross_entropy(g, n, "loss")),
    NOYAU_BIND(sigmoid_cross_entropy_grad, sigmoid_cross_entropy(g, n, "loss_grad")),
    NOYAU_BIND(mse_loss, (Binding{"loss", loss(g, n)})),
    NOYAU_BIND(mse_loss_grad, (Binding{"loss_grad", loss(g, n)})),
};
#undef NOYAU_BIND

}  // namespace

Binding bind(const Graph& graph, const Node& node) {
  for (const Row& row : kRows)
    if (row.op == node.op) return row.bind(graph, node);
  throw Error(ErrorCode::internal, node.op + " " + node.name, "an op without a kernel family", {},
              "add a row to src/plan/bind.cpp");
}

}  // namespace noyau::plan
