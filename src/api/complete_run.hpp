#pragma once

#include "api/run_summary.hpp"
#include "noyau/train.hpp"

namespace noyau::api {

/// Brings the run in `options.out` to its end, so that a series of runs can be stopped anywhere:
/// one that is done is left alone, one that was interrupted goes on, else a new one is trained.
/// False when it was stopped. Throws as `train` and `resume`.
bool complete_run(const TrainOptions& options, const TrainCallbacks& callbacks);

}  // namespace noyau::api
