#pragma once

#include <span>

#include "api/network.hpp"
#include "noyau/weights.hpp"

namespace noyau::api {

/// A place where a network can be cut.
struct StagePlace {
  std::int64_t stages = 0;  ///< before it, as --freeze counts them
  std::string value;        ///< the one that crosses it, by its name in the inference graph
};

/// All of them, from the input on. Names are those of the inference graph: in training a dropout
/// may stand behind the last of them. Throws Error(unsupported) where there is none.
std::vector<StagePlace> stage_places(NetworkSpec spec);

/// The architecture of `spec` with another head: means and maxima over the positions of what enters
/// each stage and what leaves the last one, beside each other, batch-normed, and two linear layers.
/// Early stages see texture and small marks that the last features no longer tell (Evci et al.
/// 2022, "Head2Toe"), and the hidden layer combines them. Its layers are called "stage_head.norm",
/// "stage_head.hidden" and "stage_head.fc".
Network with_stage_head(const NetworkSpec& spec);

/// Whether weights are those of a network with such a head.
bool has_stage_head(std::span<const TensorInfo> tensors);

}  // namespace noyau::api
