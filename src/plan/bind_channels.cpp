#include "plan/binders.hpp"

#include <string>
#include <utility>

namespace noyau::plan {

using kernels::Activation;

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

}  // namespace noyau::plan
