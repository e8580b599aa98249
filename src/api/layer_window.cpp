#include "api/layer_window.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace noyau::api {
namespace {

using Ints = std::vector<std::int64_t>;

Ints per_axis(const Node& node, std::string_view attribute, std::size_t axes) {
  return node.has(attribute) ? node.get<Ints>(attribute) : Ints(axes, 1);
}

// Cuts the input in as many parts as there are outputs; they overlap where that does not divide.
LayerWindow adaptive_window(const Graph& graph, const Node& node) {
  LayerWindow window;
  const Shape &in = graph.shape(node.inputs[0]), &out = graph.shape(node.outputs[0]);
  for (int axis = 1; axis + 1 < in.rank(); ++axis) {
    const std::int64_t rest = in[axis] % out[axis] == 0 ? 0 : 1;
    window.stride.push_back(std::max<std::int64_t>(1, in[axis] / out[axis]));
    window.kernel.push_back(in[axis] / out[axis] + 2 * rest);
  }
  window.dilation.assign(window.kernel.size(), 1);
  return window;
}

std::string extents(const Ints& values) {
  const bool equal = std::all_of(values.begin(), values.end(),
                                 [&](std::int64_t v) { return v == values.front(); });
  return equal ? fmt::format("{}", values.front()) : fmt::format("{}", fmt::join(values, "x"));
}

bool all_one(const Ints& values) { return values == Ints(values.size(), 1); }

}  // namespace

LayerWindow window_of(const Graph& graph, const Node& node) {
  if (node.op.starts_with("adaptive_")) return adaptive_window(graph, node);
  LayerWindow window;
  if (node.has("kernel_size")) {
    window.kernel = node.get<Ints>("kernel_size");
  } else if (node.op == "conv") {
    const Shape& weight = graph.shape(node.inputs[1]);
    window.kernel.assign(weight.extents().begin() + 2, weight.extents().end());
    window.groups = node.get<std::int64_t>("groups");
    window.depthwise = window.groups > 1 && window.groups == graph.shape(node.inputs[0])[-1];
  }
  window.stride = per_axis(node, "stride", window.kernel.size());
  window.dilation = per_axis(node, "dilation", window.kernel.size());
  return window;
}

std::string to_string(const LayerWindow& window) {
  if (window.kernel.empty()) return {};
  std::string text = window.depthwise ? "dw " : "";
  text += fmt::format("{}", fmt::join(window.kernel, "x"));
  if (!all_one(window.stride)) text += " s" + extents(window.stride);
  if (!all_one(window.dilation)) text += " d" + extents(window.dilation);
  if (window.groups > 1 && !window.depthwise) text += fmt::format(" g{}", window.groups);
  return text;
}

}  // namespace noyau::api
