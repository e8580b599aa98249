#pragma once

#include <functional>
#include <memory>
#include <string>

#include "io/tensorboard/event_file.hpp"
#include "noyau/report.hpp"
#include "train/trainer.hpp"

namespace noyau::api {

/// What a run tells TensorBoard: a hundred points of each epoch's training loss and rate, and all
/// that results.csv holds. A file that cannot be written ends the log, not the run.
class EventLog {
 public:
  /// Writes into `folder`; `warning` is told once what stands in the way.
  EventLog(const std::string& folder, std::function<void(const std::string&)> warning);

  void step(const training::StepReport& report, std::int64_t global_step, std::int64_t steps);
  void epoch(const EpochRow& row, std::int64_t global_step);

 private:
  void write(io::Scalars scalars);

  std::function<void(const std::string&)> warning_;
  std::unique_ptr<io::EventFile> file_;
};

}  // namespace noyau::api
