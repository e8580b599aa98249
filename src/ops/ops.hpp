#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ir/op_def.hpp"
#include "noyau/graph.hpp"

namespace noyau::ops {

/// Every row of ops.def, in its order.
std::span<const ir::OpDef> all();

/// The row of that name. Throws Error(invalid_argument) with the nearest name.
const ir::OpDef& find(std::string_view op);

/// Which inputs of the node it updates in place.
std::vector<int> mutated_inputs(const Node& node);

/// What running the node once costs.
ir::Cost cost(const Graph& graph, const Node& node);

/// Throws Error naming the node when the graph breaks a rule of `noyau::verify`, or a node has an
/// unknown op, an attribute its op does not know, or outputs of other types than its op infers.
void check(const Graph& graph);

/// Appends a node after inferring and checking its output types; returns its outputs. Optional
/// inputs at the end and attributes with a default may be left out.
/// Throws Error (shape_mismatch, invalid_argument) whose `where` is "op name".
std::vector<ValueId> append(Graph& graph, std::string_view op, std::string name,
                            std::vector<ValueId> inputs, Attributes attributes = {});

}  // namespace noyau::ops
