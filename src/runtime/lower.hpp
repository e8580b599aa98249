#pragma once

#include "plan/plan.hpp"

namespace noyau::runtime {

/// A differentiated graph (passes::autodiff) as the plan of a training step runs it: merged nodes,
/// norms taken over by the convolutions that can, as little kept for the backward pass as possible.
Graph lower_training(const Graph& differentiated, const plan::Options& options = {});

}  // namespace noyau::runtime
