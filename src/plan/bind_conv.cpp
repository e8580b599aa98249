#include "plan/binders.hpp"

#include <string>

namespace noyau::plan {

namespace {

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

}  // namespace

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

namespace {

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

}  // namespace

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

}  // namespace noyau::plan
