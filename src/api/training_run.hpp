#pragma once

#include <chrono>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/advice_file.hpp"
#include "api/event_log.hpp"
#include "api/first_steps.hpp"
#include "api/frozen.hpp"
#include "api/network.hpp"
#include "api/run_folder.hpp"
#include "api/time_budget.hpp"
#include "base/thread_pool.hpp"
#include "noyau/train.hpp"
#include "train/trainer.hpp"

namespace noyau::api {

/// One sitting of a run: from its start or its last checkpoint to its end or a stop.
class TrainingRun {
 public:
  /// Starts anew where `from` is empty, else goes on from that checkpoint.
  TrainingRun(RunFolder folder, TrainOptions options, Dataset data, const TrainCallbacks& callbacks,
              std::optional<training::Checkpoint> from);

  TrainResult run();

 private:
  using Clock = std::chrono::steady_clock;

  void start(const std::optional<training::Checkpoint>& from);
  /// With --time: tries a few steps, takes them back, and sets epochs and schedule.
  void fit_to_time();
  void try_steps();
  /// With --time, after an epoch: sets what is left by how fast this one went.
  void refit(const Speed& speed);
  /// With --time, half-way through the last epoch, of which this sitting took so many seconds:
  /// cuts it short or goes on, so that the time is filled even where it runs unlike those before.
  void refit_last_epoch(double seconds);
  /// Of the schedule, in its own steps, what is not walked through.
  double schedule_left() const;
  /// What the steps of the epochs to come take, on average, to one of the last that was timed.
  double cost_to_come() const;
  /// Seconds until training has to end, so that the last evaluation still fits.
  double time_left() const;
  void announce();
  /// False when it was stopped on the way.
  bool run_epoch();
  /// True when so many epochs brought nothing that the run is to end (--patience).
  bool out_of_patience() const;
  training::EpochReport fit();
  void on_step(const training::StepReport& report, Clock::time_point begin, double wait_before);
  void end_epoch(const training::EpochReport& report, Clock::time_point begin, double wait_seconds);
  /// What an epoch is compared with others by: the higher score, then the lower loss.
  struct Standing {
    double score = 0, loss = 0;
    bool averages = false;  ///< they are of the averaged weights
  };
  Standing standing_of(const EpochRow& row) const;
  void measure(EpochRow& row);
  /// Graph and loader for the pictures of the epoch that begins.
  void begin_epoch();
  /// Of pictures as they are.
  std::unique_ptr<Loader> plain_loader(Split split) const;
  void keep_first_steps(const training::StepReport& report);
  void save_last(bool required = false);
  /// Files that cannot be written are told; hours of work go on, since what was there before is
  /// intact and the next time may succeed. False when that happened.
  bool or_warn(const std::function<void()>& write);
  /// Of the whole network, with what stages do not learn.
  training::Checkpoint checkpoint() const;
  /// Without the weights of the stages that the trainer does not have.
  training::Checkpoint of_trainer(training::Checkpoint checkpoint) const;
  /// The weights as they are, without what training needs besides.
  void save_weights(const std::string& path);
  /// True when the epoch that ended was the last of a cycle of the rate, and snapshots are kept.
  bool ends_cycle() const;
  /// Names pictures that were found unusable since the last call, and lists them in data.json.
  void warn_of_skipped();
  void tell_skipped(const std::vector<Skipped>& skipped);
  TrainResult finish();
  /// Takes the weights of the best epoch: those at hand where the file could not be written.
  void take_best();
  /// Labels of training pictures that their frozen features speak against.
  std::vector<Suspicion> suspicious_by_features();
  AdviceFile advice_or_warning() const;
  void write_results(const Evaluation& evaluation, Split part, TrainResult& result);
  double elapsed() const;

  RunFolder folder_;
  TrainOptions options_;
  Dataset data_;
  TrainCallbacks callbacks_;
  ModelCard card_;
  InputSize input_;  ///< of the training pictures in the epoch at hand
  ThreadPool pool_;
  std::unique_ptr<training::Trainer> trainer_;
  std::unique_ptr<Frozen> frozen_;  ///< with --freeze
  std::unique_ptr<Loader> loader_;
  std::optional<EventLog> events_;
  FirstSteps first_;
  std::int64_t full_steps_ = 0;  ///< updates of an epoch, after --limit-steps
  std::int64_t steps_ = 0;       ///< the same, or fewer where the run is fitted to a time
  Speed speed_;                  ///< with --time
  std::int64_t first_step_ = 0;  ///< of the epoch at hand in this sitting
  std::int64_t parameters_ = 0, macs_ = 0;
  std::vector<EpochRow> rows_;
  double best_score_ = std::numeric_limits<double>::lowest();
  std::int64_t best_epoch_ = 0, snapshots_ = 0;
  double elapsed_before_ = 0;  ///< seconds of earlier sittings
  Clock::time_point begin_ = Clock::now(), saved_ = Clock::now();
  std::size_t skipped_told_ = 0, skipped_written_ = 0;
  WeightMatch match_;  ///< with the file that the run starts from
};

}  // namespace noyau::api
