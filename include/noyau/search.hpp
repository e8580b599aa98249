#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "noyau/train.hpp"

namespace noyau {

/// Random search (Bergstra and Bengio 2012) for rate, weight decay, label smoothing and averaging
/// of the weights, with successive halving (Jamieson and Talwalkar 2016): all trials train for a
/// ninth of the epochs, the best third of them for a third, the best third of these for all. Labels
/// and values know no label smoothing: it stays what it is.
struct SearchOptions {
  TrainOptions base;  ///< the first trial; `time`, when set, is that of the whole search
  std::int64_t trials = 9;
  std::string out;  ///< folder; empty = runs/search. A half-done search goes on
};

/// One training of the search.
struct SearchTrial {
  std::int64_t rung = 0, trial = 0;  ///< counted from 1
  TrainOptions options;
  double val_score = 0, seconds = 0;
  bool done = false;  ///< by an earlier sitting
};

struct SearchResult {
  std::string folder;  ///< holds search.csv, best.toml and the runs
  Task task = Task::classes;
  std::vector<SearchTrial> trials;  ///< in the order of their training
  std::int64_t best = -1;           ///< position of the best of the last rung
  bool stopped = false;
};

struct SearchCallbacks {
  /// Told before each training, with how many there are in all.
  std::function<void(const SearchTrial&, std::int64_t run, std::int64_t runs)> run = {};
  TrainCallbacks train = {};
};

/// Throws as `train`, and Error(invalid_argument) for fewer than two trials or without a validation
/// part to judge by.
SearchResult run_search(const SearchOptions& options, const SearchCallbacks& callbacks = {});

/// The settings of a trial, from 0 on; a pure function of base, its seed and the number. Number 0
/// is the base.
TrainOptions draw_trial(const TrainOptions& base, std::int64_t trial);

}  // namespace noyau
