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
  Node node;                        ///< a copy: appending nodes moves the originals
  std::vector<ValueId> cotangents;  ///< one per output; kNoValue = no gradient flows there
  std::vector<bool> wants;          ///< one per input
};

/// A small node that the derived tests build: shape inference, gradient check, print and parse.
struct OpSample {
  std::vector<ValueType> inputs;  ///< type u8 of rank 0 stands for an absent optional input
  Attributes attributes;
};

/// An attribute that an op knows. A list attribute has `per_axis` numbers for each spatial axis;
/// one number stands for all axes, and a padding of one number per axis for the same before and
/// after.
struct AttributeDef {
  const char* name;
  Attribute fallback;  ///< used when absent; says the type
  bool required = false;
  int per_axis = 0;  ///< 0: a list of any length
};

/// One row of src/ops/ops.def: everything the graph side knows about an operation.
struct OpDef {
  const char* name;
  const char* summary;  ///< one sentence for `noyau` docs and dumps
  /// Names in order, "x weight bias?": the question mark means optional, and dots after the last
  /// name, "xs...", that any number of inputs is left, at least one.
  const char* inputs;
  std::vector<AttributeDef> attributes = {};
  /// Sets attributes whose default depends on others or on the node; nullptr: none.
  void (*complete)(const Graph&, Node&) = nullptr;
  /// Output types from the input types. Throws Error naming the node: shape_mismatch or
  /// invalid_argument.
  std::vector<ValueType> (*infer)(const Graph&, const Node&) = nullptr;
  std::vector<ValueId> (*vjp)(VjpArgs&) = nullptr;  ///< nullptr: no gradient passes through
  Cost (*cost)(const Graph&, const Node&) = nullptr;
  std::vector<OpSample> (*samples)() = nullptr;
  /// Which inputs (states) this node updates in place; nullptr: none.
  std::vector<int> (*mutated_inputs)(const Node&) = nullptr;
};

}  // namespace noyau::ir
