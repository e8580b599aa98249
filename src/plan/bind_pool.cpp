#include "plan/binders.hpp"

#include <string>

namespace noyau::plan {

using kernels::Dims;
namespace {

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

}  // namespace

Binding pool_forward(const Graph& graph, const Node& node, std::string_view family) {
  return {family, pool(graph, node, graph.shape(node.inputs[0]), graph.shape(node.outputs[0]))};
}

Binding pool_grad(const Graph& graph, const Node& node, std::string_view family) {
  return {family, pool(graph, node, graph.shape(node.outputs[0]), graph.shape(node.inputs[0]))};
}

namespace {

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

}  // namespace

Binding adaptive_pool_forward(const Graph& graph, const Node& node, std::string_view family) {
  return adaptive_pool(graph, node, graph.shape(node.inputs[0]), graph.shape(node.outputs[0]),
                       family);
}

Binding adaptive_pool_grad(const Graph& graph, const Node& node, std::string_view family) {
  return adaptive_pool(graph, node, graph.shape(node.outputs[0]), graph.shape(node.inputs[0]),
                       family);
}

namespace {

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

}  // namespace

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

}  // namespace noyau::plan
