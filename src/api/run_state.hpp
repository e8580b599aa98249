#pragma once

#include <string>
#include <vector>

#include "noyau/report.hpp"
#include "train/checkpoint.hpp"

namespace noyau::api {

/// What a run remembers beside weights, momentum and position.
struct RunState {
  std::vector<EpochRow> rows;
  double best_score = 0;        ///< where best_epoch is set
  std::int64_t best_epoch = 0;  ///< counted from 1; 0: none yet
  double elapsed_s = 0;
  std::int64_t snapshots = 0;  ///< kept so far
  /// Of a run that is fitted to a time: epochs in all, updates of an epoch, and the schedule.
  std::int64_t epochs = 0, steps = 0;
  double schedule_at = 0, schedule_per_step = 0;
};

void write_state(const RunState& state, training::Checkpoint& checkpoint);
/// Throws Error(corrupt_file) naming `path`.
RunState read_state(const training::Checkpoint& checkpoint, const std::string& path);

}  // namespace noyau::api
