#pragma once

#include "noyau/memory.hpp"
#include "plan/plan.hpp"

namespace noyau::runtime {

/// A differentiated graph (passes::autodiff) as the plan of a training step runs it: merged nodes,
/// norms taken over by the convolutions that can, little kept for the backward pass.
Graph lower_training(const Graph& differentiated, const plan::Options& options = {},
                     Memory memory = Memory::normal);

}  // namespace noyau::runtime
