#pragma once

#include "train/optimizer/rule.hpp"

namespace noyau::training {

/// RMSprop: s is the running mean of g^2; d = g / (sqrt(s) + eps); v = momentum * v + d; w -= rate
/// * v. Tieleman and Hinton 2012, "Lecture 6.5: rmsprop". Centered: s less the squared running mean
/// of g (Graves 2013, "Generating Sequences With Recurrent Neural Networks").
///
/// `tensorflow`: as Inception, MobileNet and EfficientNet were trained: d = rate * g / sqrt(s +
/// eps), w -= v, and s starts at 1 (by `square_slots`).
void update_rmsprop(const Update& update, bool tensorflow);

/// The averages; the mean of the squares starts at `start`.
std::vector<SlotInfo> square_slots(const OptimizerOptions& options, double start);

}  // namespace noyau::training
