#pragma once

#include <string_view>
#include <vector>

#include "plan/plan.hpp"

namespace noyau::plan {

/// The first kernel of the family that takes the problem; notes why those before it refused.
/// Throws Error(internal) when none does.
const kernels::Kernel* choose(std::string_view family, const kernels::Problem& problem,
                              std::vector<Refusal>& refused);

/// Whether weights of the node, its second input, are packed once and not at every step.
bool has_constant_weights(const Graph& graph, const Node& node, const Options& options);

/// The node's problem with what the options ask of it.
kernels::Problem under(const Options& options, const Graph& graph, const Node& node,
                       kernels::Problem problem);

}  // namespace noyau::plan
