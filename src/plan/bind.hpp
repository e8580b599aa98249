#pragma once

#include <string_view>

#include "kernels/kernel.hpp"
#include "noyau/graph.hpp"

namespace noyau::plan {

/// The kernel family that computes a node, and the problem to hand it.
struct Binding {
  std::string_view family;
  kernels::Problem problem;
  bool view = false;  ///< the output is the input under another shape: nothing to compute
};

/// This is the one place where ops meet kernels. Operands are those of the node, in its order.
/// Throws Error(internal) for an op without a kernel family.
Binding bind(const Graph& graph, const Node& node);

}  // namespace noyau::plan
