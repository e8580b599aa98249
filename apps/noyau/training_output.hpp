#pragma once

#include <chrono>
#include <noyau/ensemble.hpp>
#include <noyau/train.hpp>

#include "output.hpp"
#include "reading_progress.hpp"

namespace noyau::cli {

/// Shows a run while it goes on: a live line on a terminal, a line per epoch otherwise, or JSON
/// lines; and its end.
class TrainingOutput {
 public:
  TrainingOutput(bool json, bool quiet);

  TrainCallbacks callbacks();
  /// Prints how the run ended; returns the exit code.
  int finish(const TrainResult& result);
  int finish(const FoldsResult& result);
  int finish(const NetworksResult& result);

 private:
  void started(const RunStart& start);
  void advised(const Advice& advice);
  void features(const FeatureProgress& progress);
  void step(const Progress& progress);
  void epoch(const EpochRow& row, bool best);
  int stopped(const TrainResult& result);
  void print_accuracy(const TrainResult& result) const;
  int series_end(bool was_stopped) const;

  bool json_, quiet_, live_;
  ReadingProgress advising_;
  std::int64_t epochs_ = 0;
  std::chrono::steady_clock::time_point shown_{};
};

}  // namespace noyau::cli
