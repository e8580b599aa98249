#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "noyau/graph.hpp"

namespace noyau::ir {

/// What running a node once costs, for one step of the whole batch.
struct Cost {
  std::int64_t macs = 0;   ///< multiply-adds of convolutions and linear layers (bias not counted)
  std::int64_t bytes = 0;  ///< bytes read plus bytes written, each tensor once
};

/// What a gradient rule sees. It appends nodes to `graph` and returns one cotangent per input of
/// `node`, kNoValue where the input has none or `wants` says it is not needed.
struct VjpArgs {
  Graph& graph;
  Node node;                            ///< a copy: appending nodes moves the originals
  std::vector<ValueId> cotangents;      ///< one per output; kNoValue = no gradient flows there
  std::vector<bool> wants;              ///< one per input
};

/// A small node that the derived tests build: shape inference, gradient check, print and parse.
struct OpSample {
  std::vector<ValueType> inputs;        ///< rank 0 u8 shape stands for an absent optional input
  Attributes attributes;
};

/// One row of src/ops/ops.def: everything the graph side knows about an operation.
struct OpDef {
  const char* name;
  const char* summary;                  ///< one sentence for `noyau` docs and dumps
  /// Output types from the input types. Throws Error naming the node: shape_mismatch or
  /// invalid_argument.
  std::vector<ValueType> (*infer)(const Graph&, const Node&);
  std::vector<ValueId> (*vjp)(VjpArgs&);  ///< nullptr: no gradient passes through this op
  Cost (*cost)(const Graph&, const Node&);
  std::vector<OpSample> (*samples)();
  std::vector<int> mutated_inputs = {};   ///< states that the node updates in place
};

}  // namespace noyau::ir
