#pragma once

#include "train/optimizer/rule.hpp"

namespace noyau::training {

/// Adam: m and v are running means of g and g^2, corrected for their start at zero; w -= rate *
/// m / (sqrt(v) + eps). Kingma and Ba 2015, "Adam: A Method for Stochastic Optimization". With
/// `amsgrad` the largest v so far divides: Reddi et al. 2018, "On the Convergence of Adam and
/// Beyond".
///
/// `decoupled`: the decay acts on the weight alone, w -= rate * decay * w (Loshchilov and Hutter
/// 2019, "Decoupled Weight Decay Regularization"); else it is added to the gradient. With a
/// `direction` the weight stays, and what the rate is to be multiplied with is written there.
void update_adam(const Update& update, bool decoupled, void* direction);

std::vector<SlotInfo> moment_slots(const OptimizerOptions& options);

}  // namespace noyau::training
