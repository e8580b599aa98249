#pragma once

#include "train/schedule/schedule.hpp"

/// The rates of the single kinds, for steps from the end of the warm-up on.
namespace noyau::training {

#define NOYAU_SCHEDULE(name, settings) \
  double name##_rate(const Schedule& schedule, std::int64_t step);
#include "train/schedule/schedules.def"
#undef NOYAU_SCHEDULE

/// Half a cosine from `begin` (t = 0) to `end` (t = 1).
double half_cosine(double begin, double end, double t);

/// `step` between the warm-up and the end of the run as a number in 0..1; 1 where nothing is
/// between them.
double run_share(const Schedule& schedule, std::int64_t step);

}  // namespace noyau::training
