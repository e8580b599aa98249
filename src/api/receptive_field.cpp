#include "api/receptive_field.hpp"

#include <algorithm>

#include "api/layer_window.hpp"
#include "noyau/summary.hpp"

namespace noyau::api {
namespace {

/// Along one axis: the positions that an element depends on, and the distance between the first
/// positions of two neighbours.
struct Reach {
  std::int64_t field = 1;
  double jump = 1;
};

struct Field {
  std::vector<Reach> axes;
  bool whole = false;
};

bool mixes_all_positions(const Graph& graph, const Node& node) {
  if (node.op == "linear" || node.op.starts_with("global_")) return true;
  if (!node.op.starts_with("adaptive_")) return false;
  const Shape& out = graph.shape(node.outputs[0]);
  return out.elements() == out[0] * out[-1];
}

void join(Field& into, const Field& other) {
  into.whole = into.whole || other.whole;
  into.axes.resize(std::max(into.axes.size(), other.axes.size()));
  for (std::size_t axis = 0; axis < other.axes.size(); ++axis) {
    into.axes[axis].field = std::max(into.axes[axis].field, other.axes[axis].field);
    into.axes[axis].jump = std::max(into.axes[axis].jump, other.axes[axis].jump);
  }
}

void slide(Field& field, const LayerWindow& window) {
  for (std::size_t axis = 0; axis < std::min(field.axes.size(), window.kernel.size()); ++axis) {
    Reach& reach = field.axes[axis];
    const std::int64_t taps = window.dilation[axis] * (window.kernel[axis] - 1);
    reach.field += std::int64_t(double(taps) * reach.jump);
    reach.jump *= double(window.stride[axis]);
  }
}

std::int64_t longest(const Field& field) {
  if (field.whole) return kWholeInput;
  std::int64_t most = 1;
  for (const Reach& reach : field.axes) most = std::max(most, reach.field);
  return most;
}

}  // namespace

std::vector<std::int64_t> receptive_fields(const Graph& graph) {
  std::vector<Field> fields(graph.values().size());
  const ValueId x = graph.find("x");
  fields[std::size_t(x)].axes.resize(std::size_t(std::max(0, graph.shape(x).rank() - 2)));
  for (const Node& node : graph.nodes()) {
    Field field;
    for (const ValueId input : node.inputs)
      if (input != kNoValue) join(field, fields[std::size_t(input)]);
    field.whole = field.whole || mixes_all_positions(graph, node);
    slide(field, window_of(graph, node));
    for (const ValueId output : node.outputs) fields[std::size_t(output)] = field;
  }
  std::vector<std::int64_t> result;
  for (const Field& field : fields) result.push_back(longest(field));
  return result;
}

}  // namespace noyau::api
