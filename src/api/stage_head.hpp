#pragma once

#include "api/network.hpp"

namespace noyau::api {

/// The architecture of `spec` with another head: means and maxima over the positions of what enters
/// each stage and what leaves the last one, beside each other, batch-normed, and a linear layer.
/// Early stages see texture and small marks that the last features no longer tell (Evci et al.
/// 2022, "Head2Toe"). Its layers are called "stage_head.norm" and "stage_head.fc".
Network with_stage_head(const NetworkSpec& spec);

}  // namespace noyau::api
