#pragma once

#include <cstdint>
#include <string>

#include "base/thread_pool.hpp"
#include "runtime/session.hpp"
#include "runtime/weights.hpp"

namespace noyau::training {

/// Finds where the first NaN or infinity of a step comes from: runs the session's graph and inputs
/// again with every value kept, and looks at inputs, weights, then results in the graph's order.
/// Returns words such as "conv layer1.0.conv1" or "the weight conv1.weight". Changes the running
/// statistics in `weights` as a step does.
std::string first_not_finite(runtime::Session& session, runtime::Weights& weights, ThreadPool& pool,
                             std::uint64_t seed, std::uint64_t step);

}  // namespace noyau::training
