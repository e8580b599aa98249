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

/// Appends a node after inferring and checking its output types; returns its outputs.
/// Throws Error (shape_mismatch, invalid_argument) whose `where` is "op name".
std::vector<ValueId> append(Graph& graph, std::string_view op, std::string name,
                            std::vector<ValueId> inputs, Attributes attributes = {});

}  // namespace noyau::ops
