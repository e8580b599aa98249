#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "noyau/graph.hpp"
#include "ops/ops.hpp"

namespace noyau::ops {

/// A graph of one node, called "node", from a sample of its op. Inputs that the op updates, and the
/// statistics of batch_norm, are states; the others are inputs "in0", "in1"... Types f32 become
/// `real`. Output 0 is the graph output "y".
inline Graph sample_graph(const ir::OpDef& def, const ir::OpSample& sample,
                          DType real = DType::f32) {
  Graph g;
  std::vector<ValueId> inputs;
  for (std::size_t i = 0; i < sample.inputs.size(); ++i) {
    ValueType type = sample.inputs[i];
    if (type == ValueType{DType::u8, {}}) {
      inputs.push_back(kNoValue);
      continue;
    }
    if (type.dtype == DType::f32) type.dtype = real;
    const std::string name = "in" + std::to_string(i);
    const bool state = std::string(def.name) == "batch_norm" && (i == 3 || i == 4);
    inputs.push_back(state ? g.add_state(name, type.shape, {Init::Kind::constant, 1.0, 0}, real)
                           : g.add_input(name, type));
  }
  Attributes attributes = sample.attributes;
  if (std::string(def.name) == "constant" && real == DType::f64)
    attributes.insert_or_assign("dtype", std::string("f64"));
  g.set_output("y", append(g, def.name, "node", std::move(inputs), std::move(attributes))[0]);
  return g;
}

/// Whether a gradient with respect to this input of the sample's node is defined.
inline bool differentiable(const Graph& g, const Node& node, ValueId v) {
  const Value& value = g.value(v);
  if (node.op == "softmax_cross_entropy" || node.op == "sigmoid_cross_entropy")
    return v == node.inputs[0];
  return value.kind == ValueKind::input &&
         (value.type.dtype == DType::f32 || value.type.dtype == DType::f64);
}

}  // namespace noyau::ops
