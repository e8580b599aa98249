#pragma once

#include "train/schedule/schedule.hpp"

namespace noyau::training {

/// One cycle of cosine_restarts, in steps of the run. Lengths that grow need not be whole.
struct Cycle {
  std::int64_t index = 0;
  double begin = 0, length = 0;
};

/// The cycle of `step`, which is not in the warm-up. In each the rate falls by half a cosine from
/// base to final, then starts again. Loshchilov and Hutter 2017, "SGDR: Stochastic Gradient Descent
/// with Warm Restarts". With cycles of equal length their ends are the snapshots of Huang et al.
/// 2017, "Snapshot Ensembles: Train 1, get M for free".
Cycle cycle_at(const Schedule& schedule, std::int64_t step);

}  // namespace noyau::training
