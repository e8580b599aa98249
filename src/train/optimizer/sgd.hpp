#pragma once

#include "train/optimizer/rule.hpp"

namespace noyau::training {

/// Stochastic gradient descent with momentum, as in PyTorch: g = gradient + decay * w;
/// v = momentum * v + (1 - dampening) * g, at first v = g; w -= rate * (nesterov ? g + momentum * v
/// : v). Polyak 1964 and Nesterov 1983 as in Sutskever et al. 2013, "On the importance of
/// initialization and momentum in deep learning".
///
/// `trust` multiplies g; LARS finds it for each tensor.
void update_sgd(const Update& update, double trust);

/// The velocity, for rules that end in `update_sgd`.
std::vector<SlotInfo> momentum_slots(const OptimizerOptions& options);

}  // namespace noyau::training
