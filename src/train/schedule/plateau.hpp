#pragma once

#include <cstdint>
#include <limits>

#include "train/schedule/schedule.hpp"

namespace noyau::training {

/// Where the plateau schedule stands between epochs; part of a checkpoint.
struct PlateauState {
  double best = std::numeric_limits<double>::infinity();  ///< the least loss so far
  std::int64_t bad_epochs = 0;                            ///< since the last progress
  std::int64_t cooldown = 0;                              ///< epochs that are still not judged
  double scale = 1;                                       ///< multiplies the learning rate
  bool operator==(const PlateauState&) const = default;
};

/// The state after an epoch of this validation loss: after more than `patience` epochs without
/// progress the rate is multiplied with `gamma`, down to `final`. As Krizhevsky et al. 2012 did by
/// hand ("ImageNet Classification with Deep Convolutional Neural Networks"); details as in PyTorch.
/// A loss that is not a number is no progress. Other kinds of schedule leave the state as it is.
PlateauState after_epoch(const Schedule& schedule, PlateauState state, double loss);

}  // namespace noyau::training
