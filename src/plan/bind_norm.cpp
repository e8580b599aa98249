#include "plan/binders.hpp"

#include <string>

namespace noyau::plan {

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

namespace {

Binding batch_norm(const Graph& graph, const Node& node, std::string_view family, bool residual) {
  Binding binding = norm_of(graph, node, 0, family);
  auto& norm = std::get<kernels::Norm>(binding.problem);
  norm.eps = node.get<double>("eps");
  if (node.has("momentum")) norm.momentum = node.get<double>("momentum");
  norm.training = node.get<bool>("training");
  norm.residual = residual;
  return binding;
}

}  // namespace

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

Binding batch_norm_grad_input(const Graph& graph, const Node& node) {
  Binding binding = norm_of(graph, node, 1, "batch_norm_grad_input");
  auto& norm = std::get<kernels::Norm>(binding.problem);
  norm.residual = given(node, 7);
  if (!norm.residual || graph.shape(node.inputs[7])[-1] == norm.channels) return binding;
  norm.residual_width = graph.shape(node.inputs[7])[-1];
  norm.residual_begin = node.get<std::int64_t>("residual_begin");
  return binding;
}

Binding batch_norm_statistics(const Graph& graph, const Node& node) {
  const bool join = node.op == "batch_norm_statistics_join";
  Binding binding = norm_of(graph, node, join ? 2 : 0,
                            join ? "batch_norm_statistics_join" : "batch_norm_statistics");
  auto& norm = std::get<kernels::Norm>(binding.problem);
  if (join) norm.before = graph.shape(node.inputs[0])[0];
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

}  // namespace noyau::plan
