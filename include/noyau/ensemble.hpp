#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "noyau/data.hpp"
#include "noyau/model.hpp"
#include "noyau/train.hpp"

namespace noyau {

/// Several trained networks that answer together (Hansen and Salamon 1990), or the mean of their
/// weights.
struct EnsembleOptions {
  /// Run folders (their best weights, or with `snapshots` all that they kept), .noyau or
  /// .safetensors files of one data set's classes.
  std::vector<std::string> members;
  bool snapshots = false;  ///< of one run with a cyclic rate (Huang et al. 2017)
  /// average: mean of the probabilities, or of the values; vote: most heads, of classes alone
  std::string rule = "average";
  /// none; uniform: one network with the mean of all weights; greedy: members are taken into the
  /// mean, best first, while they make it better on the validation part (Wortsman et al. 2022).
  std::string soup = "none";
  std::string tta = "none";  ///< see test_views; of the evaluation only
  int threads = 0;           ///< 0 = all processors
};

/// What one member, or all together, get right.
struct EnsembleRow {
  std::string name;                      ///< the member's file, "ensemble" or "soup"
  double loss = 0, score = 0, top5 = 0;  ///< as in Evaluation
};

struct EnsembleResult {
  std::vector<EnsembleRow> members;
  EnsembleRow together;
  std::int64_t images = 0;
  double mean_score = 0;  ///< of the members
  Task task = Task::classes;
  std::int64_t classes = 0;  ///< or labels, or values
};

/// Evaluates members and ensemble on `part` of the data and writes the ensemble, or the soup, to
/// `out` as one .noyau file that Model::load takes. `out` may be empty: nothing is written.
/// `evaluated` is told each row. Throws Error(invalid_argument) for a single member without
/// test-time augmentation, for unknown names and for runs whose parts are others than those of
/// `data`, Error(shape_mismatch) for members of other classes or other scales of values (of a soup:
/// of another network),
/// Error(io).
EnsembleResult make_ensemble(const EnsembleOptions& options, const Dataset& data, Split part,
                             const std::string& out,
                             const std::function<void(const EnsembleRow&)>& evaluated = {});

/// Throws Error(invalid_argument) for an unknown rule, soup or test-time augmentation.
void check_ensemble(const EnsembleOptions& options);

/// The weight files that `members` stand for: a run's snapshots, or what is named. Throws Error(io,
/// invalid_argument).
std::vector<std::string> ensemble_files(const EnsembleOptions& options);

/// What several networks that were trained alike reach.
struct NetworksResult {
  std::string folder;  ///< holds one run a network, and the ensemble
  std::string file = {};
  EnsembleResult ensemble = {};
  std::string part = {};
  bool stopped = false;  ///< nothing but `folder` is set then
};

/// Trains `options.networks` networks with the seeds from `options.seed` on and the same parts of
/// the data, into `options.out`/network1 ... (by default runs/networks), and saves them as one.
/// Networks that are done are not repeated, one that was interrupted goes on. Throws as `train` and
/// `make_ensemble`, and Error(invalid_argument) for fewer than two networks.
NetworksResult train_networks(const TrainOptions& options, const TrainCallbacks& callbacks = {},
                              const std::function<void(const EnsembleRow&)>& evaluated = {});

}  // namespace noyau
