#pragma once

#include <algorithm>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "noyau/graph.hpp"
#include "ops/ops.hpp"

namespace noyau::ops {

/// Whether input `i` is a running mean or variance.
inline bool is_running(const ir::OpDef& def, std::size_t i) {
  std::istringstream names(def.inputs);
  std::string name;
  for (std::size_t k = 0; k <= i; ++k) names >> name;
  return name.starts_with("running_");
}

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
    inputs.push_back(is_running(def, i)
                         ? g.add_state(name, type.shape, {Init::Kind::constant, 1.0, 0}, real)
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
