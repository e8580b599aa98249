#pragma once

#include <string>
#include <vector>

#include "noyau/graph.hpp"

namespace noyau::training {

/// For each stage of a network (see `stages`, parameter_groups.hpp) the name of the value through
/// which all that the stages before it computed reaches it: where it can be cut so that these are
/// frozen. Empty where several values cross, and for the first stage. `graph` is an inference
/// graph.
std::vector<std::string> stage_inputs(const Graph& graph);

}  // namespace noyau::training
