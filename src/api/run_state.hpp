#pragma once

#include <string>
#include <vector>

#include "noyau/report.hpp"
#include "train/checkpoint.hpp"

namespace noyau::api {

/// What a run remembers beside weights, momentum and position.
struct RunState {
  std::vector<EpochRow> rows;
  double best_score = -1;
  std::int64_t best_epoch = 0;  ///< counted from 1; 0: none yet
  double elapsed_s = 0;
  std::int64_t snapshots = 0;  ///< kept so far
};

void write_state(const RunState& state, training::Checkpoint& checkpoint);
/// Throws Error(corrupt_file) naming `path`.
RunState read_state(const training::Checkpoint& checkpoint, const std::string& path);

}  // namespace noyau::api
