#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "noyau/train.hpp"

namespace noyau {

/// A comparison of ways to train, as variants of one base.
struct Study {
  std::string name, summary;
  std::string text;  ///< TOML: kind, a base, and variants; see docs/studies.md
};
/// Every study that is built in.
const std::vector<Study>& studies();

struct StudyOptions {
  std::string study;  ///< a name of `studies()`, or a TOML file
  std::string data;   ///< folder of the dataset
  std::int64_t seeds = 3;
  std::string out;  ///< folder of the study; empty = runs/study-NAME. A half-done one goes on
  /// Settings (names and texts) that hold for every variant, over what the study says.
  std::vector<std::pair<std::string, std::string>> settings;
};

/// What the runs of one variant reached.
struct StudyRow {
  std::string name;
  std::string curve;                ///< of the kind "curves": which one it is a point of
  double x = 0;                     ///< and where
  std::vector<double> scores = {};  ///< one per seed, of the test part
  double mean = 0, low = 0,
         high = 0;     ///< of the scores; the interval holds the mean with 95 % confidence
  double seconds = 0;  ///< mean wall clock of a run
};

struct StudyResult {
  std::string folder;  ///< holds study.csv, study.md, study.svg and the runs
  Task task = Task::classes;
  std::vector<StudyRow> rows;
  bool stopped = false;
};

/// Told before each run: which of how many, and whether it is already done.
struct StudyProgress {
  std::string variant;
  std::int64_t seed = 0, run = 0, runs = 0;
  bool done = false;
};
struct StudyCallbacks {
  std::function<void(const StudyProgress&)> run = {};
  TrainCallbacks train = {};
};

/// Trains every variant with every seed, and writes table and chart after each run. Runs that are
/// done are not repeated, a run that was interrupted goes on. Throws as `train`, and
/// Error(invalid_argument) for unknown studies and settings.
StudyResult run_study(const StudyOptions& options, const StudyCallbacks& callbacks = {});

}  // namespace noyau
