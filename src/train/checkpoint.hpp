#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "noyau/tensor.hpp"
#include "train/metrics.hpp"
#include "train/schedule/plateau.hpp"

namespace noyau::training {

/// One finished epoch, as results.csv shows it.
struct HistoryRow {
  std::int64_t epoch = 0;
  double time_s = 0, lr = 0, train_loss = 0, val_loss = 0, top1 = 0, top5 = 0;
  double img_s = 0, data_wait_s = 0;
  bool operator==(const HistoryRow&) const = default;
};

/// Where a run stands: the step that comes next, and the sums over the part of the epoch that is
/// done.
struct Position {
  std::int64_t epoch = 0;
  std::int64_t step = 0;         ///< within the epoch, in updates
  std::int64_t global_step = 0;  ///< over the whole run: what schedule and dropout go by
  Totals totals = {};
  bool operator==(const Position&) const = default;
};

using NamedTensors = std::vector<std::pair<std::string, Tensor>>;

/// All that a run needs to go on with the same bits.
struct Checkpoint {
  NamedTensors weights = {};  ///< parameters and running statistics, in the graph's order
  NamedTensors buffers = {};  ///< averages of the optimiser: "momentum/conv1.weight"
  Position position = {};
  PlateauState plateau = {};
  std::uint64_t seed = 0;
  double best_score = 0;         ///< meaningful when best_epoch is not -1
  std::int64_t best_epoch = -1;  ///< -1: none yet
  std::vector<HistoryRow> history = {};
  std::map<std::string, std::string> notes = {};  ///< anything else: model, classes, settings
};

/// Writes `path`.tmp.<pid>, syncs it, renames it to `path` and syncs the folder, so that `path`
/// always holds a whole checkpoint. Throws Error(io) naming the path; the old file is then intact.
void save_checkpoint(const std::string& path, const Checkpoint& checkpoint);

/// Reads and checks everything: sizes before memory is taken, CRC32C of header and tensors, and a
/// checksum of the whole file. Throws Error(io) when it cannot be read, Error(corrupt_file) naming
/// path, section and offset, Error(unsupported) for another version of the format.
Checkpoint load_checkpoint(const std::string& path);

}  // namespace noyau::training
