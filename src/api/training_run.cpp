#include "api/training_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "api/evaluation.hpp"
#include "api/run_state.hpp"
#include "api/settings.hpp"
#include "api/training_setup.hpp"
#include "noyau/error.hpp"
#include "train/schedule/cycle.hpp"

namespace noyau::api {
namespace {

/// Within an epoch the last checkpoint is never older than this.
constexpr std::chrono::seconds kSaveEvery{120};
constexpr std::size_t kWarningsShown = 10;

double seconds_between(std::chrono::steady_clock::time_point begin,
                       std::chrono::steady_clock::time_point end) {
  return std::chrono::duration<double>(end - begin).count();
}

}  // namespace

TrainingRun::TrainingRun(RunFolder folder, TrainOptions options, Dataset data,
                         const TrainCallbacks& callbacks, std::optional<training::Checkpoint> from)
    : folder_(std::move(folder)),
      options_(std::move(options)),
      data_(std::move(data)),
      callbacks_(callbacks),
      card_(from ? read_card(from->notes, folder_.last_weights()) : measure_card(options_, data_)),
      pool_(thread_count(options_)) {
  start(from);
  if (options_.tensorboard) events_.emplace(folder_.path(), callbacks_.warning);
}

void TrainingRun::start(const std::optional<training::Checkpoint>& from) {
  TrainingSetup setup =
      set_up_training(options_, card_, data_, from ? &*from : nullptr, pool_, callbacks_);
  trainer_ = std::move(setup.trainer);
  frozen_ = std::move(setup.frozen);
  input_ = input_of_epoch(options_, card_.input, 0);
  full_steps_ = steps_ = setup.steps;
  parameters_ = setup.parameters;
  macs_ = setup.macs;
  match_ = std::move(setup.match);
  if (!from) {
    if (!options_.time.empty()) fit_to_time();
    save_last(true);
  } else {
    trainer_->restore(of_trainer(*from));
    const RunState state = read_state(*from, folder_.last_weights());
    rows_ = state.rows;
    if (state.best_epoch > 0) best_score_ = state.best_score;
    best_epoch_ = state.best_epoch;
    elapsed_before_ = state.elapsed_s;
    snapshots_ = state.snapshots;
    if (state.epochs > 0) {
      options_.epochs = state.epochs;
      steps_ = state.steps;
      full_steps_ = std::max(full_steps_, steps_);  // args.toml has those of the first epoch
      trainer_->set_pace({state.schedule_at, state.schedule_per_step});
    }
    first_step_ = trainer_->position().step;
  }
  begin_epoch();
}

void TrainingRun::begin_epoch() {
  const InputSize input = input_of_epoch(options_, card_.input, trainer_->position().epoch);
  if (loader_ && input == input_) return;
  if (input != input_) trainer_->set_graph(training_graph(options_, card_, input));
  input_ = input;
  loader_.reset();
  loader_ =
      make_loader(options_, card_, data_, frozen_.get(), Split::train, true, trainer_->position());
}

std::unique_ptr<Loader> TrainingRun::plain_loader(Split split) const {
  return make_loader(options_, card_, data_, frozen_.get(), split, false);
}

TrainResult TrainingRun::run() {
  announce();
  warn_of_skipped();
  while (trainer_->position().epoch < options_.epochs && !out_of_patience()) {
    if (run_epoch()) continue;
    TrainResult result;
    result.run = folder_.path();
    result.stopped = true;
    return result;
  }
  loader_.reset();
  return finish();
}

bool TrainingRun::out_of_patience() const {
  if (options_.patience == 0 || rows_.empty()) return false;
  return rows_.back().epoch - best_epoch_ >= options_.patience;
}

void TrainingRun::announce() {
  if (!callbacks_.started) return;
  RunStart start;
  start.run = folder_.path();
  start.model = options_.model;
  start.data = data_.path();
  start.part = std::string(to_string(final_part(data_)));
  start.parameters = parameters_;
  start.macs = macs_;
  start.train_images = std::int64_t(data_.samples(Split::train).size());
  start.val_images = std::int64_t(data_.samples(Split::val).size());
  start.test_images = std::int64_t(data_.samples(Split::test).size());
  start.skipped = std::int64_t(data_.skipped().size());
  start.task = card_.task;
  start.classes = std::int64_t(card_.classes.size());
  start.input = card_.input;
  start.threads = pool_.threads();
  start.batch = options_.batch;
  start.epoch = trainer_->position().epoch;
  start.step = trainer_->position().step;
  if (!match_.matching.empty()) start.from = options_.from;
  start.match = match_;
  if (frozen_) {
    start.frozen_parameters = frozen_->parameters();
    start.feature_width = frozen_->width();
    start.views = frozen_->views();
  }
  start.epochs = options_.epochs;
  start.steps = steps_;
  start.memory = std::int64_t(trainer_->plan().arena_bytes);
  if (!options_.time.empty())
    start.forecast_s = parse_duration(options_.time) - time_left() +
                       double(options_.epochs) * (double(steps_) * speed_.step_s + speed_.epoch_s);
  callbacks_.started(start);
}

bool TrainingRun::run_epoch() {
  const auto begin = Clock::now();
  const double wait_before = loader_->wait_seconds();
  const training::EpochReport report = fit();
  const bool limited = report.stopped && trainer_->position().step >= steps_;
  if (report.stopped && !limited) {
    save_last(true);
    return false;
  }
  const double wait_seconds = loader_->wait_seconds() - wait_before;
  if (limited) trainer_->skip_to_next_epoch();
  end_epoch(report, begin, wait_seconds);
  if (limited) loader_.reset();  // it stands in the middle of an epoch
  if (trainer_->position().epoch < options_.epochs) begin_epoch();
  const bool stop = callbacks_.stop && callbacks_.stop->load();
  return !stop || trainer_->position().epoch >= options_.epochs;
}

/// One epoch up to the limit of steps, which is a stop of our own.
training::EpochReport TrainingRun::fit() {
  const auto begin = Clock::now();
  const double wait_before = loader_->wait_seconds();
  std::atomic<bool> stop{false};
  const auto told = [&](const training::StepReport& step) {
    if (step.step + 1 == steps_ / 2) refit_last_epoch(seconds_between(begin, Clock::now()));
    stop = step.step + 1 >= steps_ || (callbacks_.stop && callbacks_.stop->load());
    on_step(step, begin, wait_before);
  };
  return trainer_->fit_epoch(*loader_, told, &stop);
}

void TrainingRun::on_step(const training::StepReport& report, Clock::time_point begin,
                          double wait_before) {
  const auto now = Clock::now();
  if (now - saved_ > kSaveEvery) save_last();
  if (events_) events_->step(report, trainer_->position().global_step, steps_);
  keep_first_steps(report);
  if (!callbacks_.step) return;
  const double seconds = seconds_between(begin, now);
  Progress p;
  p.epoch = report.epoch + 1;
  p.epochs = options_.epochs;
  p.step = report.step + 1;
  p.steps = steps_;
  p.loss = report.totals->mean_loss();
  if (card_.task == Task::classes) p.accuracy = report.totals->top1_accuracy();
  // A resumed epoch began with steps of an earlier sitting: only those of this one are timed.
  const double per_step = seconds / double(p.step - first_step_);
  p.img_s = double(options_.batch * options_.accumulate) / per_step;
  p.wait_share = (loader_->wait_seconds() - wait_before) / std::max(seconds, 1e-9);
  p.lr = report.learning_rate;
  p.epoch_left_s = per_step * double(steps_ - p.step);
  p.run_left_s = p.epoch_left_s + per_step * double(steps_ * (p.epochs - p.epoch));
  callbacks_.step(p);
}

void TrainingRun::keep_first_steps(const training::StepReport& report) {
  // A run that is fitted to a time goes on as fast as its first epoch was, which none repeats.
  const bool fitted = !options_.time.empty();
  if (fitted && report.epoch > 0) return;
  const std::int64_t most = std::min(FirstSteps::kMost, (fitted ? 1 : options_.epochs) * steps_);
  const std::int64_t done = trainer_->position().global_step;
  // Only of a run that was not interrupted on its first steps.
  if (done > most || std::ssize(first_.steps) != done - 1) return;
  first_.add(report);
  if (done < most) return;
  first_.weights = checksum_of(trainer_->weights());
  first_.epochs = options_.epochs;
  or_warn([&] { write_file(folder_.file("first_steps.json"), first_steps_text(first_)); });
}

void TrainingRun::end_epoch(const training::EpochReport& report, Clock::time_point begin,
                            double wait_seconds) {
  const double seconds = seconds_between(begin, Clock::now());
  EpochRow row;
  row.epoch = int(trainer_->position().epoch);
  row.lr = report.learning_rate;
  row.train_loss = report.totals.mean_loss();
  if (card_.task == Task::classes) row.train_top1 = report.totals.top1_accuracy();
  // The last step of an epoch may have fewer batches than the others.
  const std::int64_t batches = std::min(steps_ * options_.accumulate, loader_->steps_per_epoch()) -
                               first_step_ * options_.accumulate;
  row.img_s = double(batches * options_.batch) / std::max(seconds, 1e-9);
  row.data_wait_s = wait_seconds;
  const double step_seconds = seconds / double(std::max<std::int64_t>(1, steps_ - first_step_));
  first_step_ = 0;
  measure(row);
  // Without a validation part the loss of the training has to do.
  trainer_->end_epoch(std::isnan(row.val_loss) ? row.train_loss : row.val_loss);
  row.time_s = elapsed();
  rows_.push_back(row);
  const Standing now = standing_of(row);
  bool best =
      now.score > best_score_ || (now.score == best_score_ &&
                                  now.loss < standing_of(rows_[std::size_t(best_epoch_ - 1)]).loss);
  if (best) {
    const training::EmaScope scope(now.averages ? trainer_->ema() : nullptr, trainer_->weights());
    best = or_warn([&] { save_weights(folder_.best_weights()); });
  }
  if (best) {
    best_score_ = now.score;
    best_epoch_ = row.epoch;
  }
  if (ends_cycle())
    or_warn([&] {
      save_weights(folder_.file(fmt::format("weights/snapshot{:02}.noyau", ++snapshots_)));
    });
  refit({step_seconds, seconds_between(begin, Clock::now()) - seconds});
  save_last();
  or_warn([&] { write_file(folder_.file("results.csv"), results_text(rows_)); });
  if (events_) events_->epoch(row, trainer_->position().global_step);
  warn_of_skipped();
  if (callbacks_.epoch) callbacks_.epoch(row, best);
}

// Without a validation part there is nothing to choose by, and the newest weights count.
// The averages, where there are some, count where they are no worse.
TrainingRun::Standing TrainingRun::standing_of(const EpochRow& row) const {
  const bool by_top1 = card_.task == Task::classes;
  const double raw = by_top1 ? row.top1 : row.score;
  const double averaged = by_top1 ? row.ema_top1 : row.ema_score;
  if (std::isnan(raw)) return {double(row.epoch), 0, trainer_->ema() != nullptr};
  if (trainer_->ema() != nullptr && averaged >= raw) return {averaged, row.ema_loss, true};
  return {raw, row.val_loss, false};
}

void TrainingRun::measure(EpochRow& row) {
  if (data_.samples(Split::val).empty()) return;
  auto loader = plain_loader(Split::val);
  const training::Evaluation result = trainer_->evaluate(*loader);
  row.val_loss = result.totals.mean_loss();
  if (card_.task == Task::classes) {
    row.top1 = result.totals.top1_accuracy();
    row.top5 = result.totals.top5_accuracy();
    row.balanced = balanced_accuracy_of(result);
  } else {
    row.score = score_of(result);
  }
  if (trainer_->ema() == nullptr) return;
  const training::EmaScope scope(trainer_->ema(), trainer_->weights());
  loader = plain_loader(Split::val);
  const training::Evaluation averaged = trainer_->evaluate(*loader);
  row.ema_loss = averaged.totals.mean_loss();
  (card_.task == Task::classes ? row.ema_top1 : row.ema_score) = score_of(averaged);
}

bool TrainingRun::ends_cycle() const {
  if (!options_.snapshots) return false;
  const training::Schedule& schedule = trainer_->schedule();
  const training::Trainer::Pace& pace = trainer_->pace();
  const std::int64_t next = std::llround(pace.at), last = std::llround(pace.at - pace.per_step);
  return last >= schedule.warmup_steps &&
         training::cycle_at(schedule, next).index != training::cycle_at(schedule, last).index;
}

void TrainingRun::save_last(bool required) {
  training::Checkpoint checkpoint = this->checkpoint();
  RunState state{rows_, best_score_, best_epoch_, elapsed(), snapshots_};
  if (!options_.time.empty()) {
    state.epochs = options_.epochs;
    state.steps = steps_;
    state.schedule_at = trainer_->pace().at;
    state.schedule_per_step = trainer_->pace().per_step;
  }
  write_state(state, checkpoint);
  saved_ = Clock::now();
  const auto save = [&] { training::save_checkpoint(folder_.last_weights(), checkpoint); };
  required ? save() : void(or_warn(save));
}

bool TrainingRun::or_warn(const std::function<void()>& write) {
  try {
    write();
    return true;
  } catch (const Error& error) {
    if (error.code() != ErrorCode::io) throw;
    if (callbacks_.warning) callbacks_.warning(error.what());
    return false;
  }
}

training::Checkpoint TrainingRun::checkpoint() const {
  training::Checkpoint checkpoint = trainer_->checkpoint();
  if (frozen_) frozen_->add_to(checkpoint);
  write_card(card_, checkpoint.notes);
  return checkpoint;
}

training::Checkpoint TrainingRun::of_trainer(training::Checkpoint checkpoint) const {
  if (frozen_) frozen_->remove_from(checkpoint);
  return checkpoint;
}

void TrainingRun::save_weights(const std::string& path) {
  training::Checkpoint checkpoint = this->checkpoint();
  checkpoint.buffers.clear();
  training::save_checkpoint(path, checkpoint);
}

void TrainingRun::warn_of_skipped() {
  const std::vector<Skipped> skipped = data_.skipped();
  if (skipped.size() == skipped_written_) return;
  tell_skipped(skipped);
  if (or_warn([&] { write_file(folder_.file("data.json"), data_text(data_)); }))
    skipped_written_ = skipped.size();
  if (options_.max_bad >= 0 && std::int64_t(skipped.size()) > options_.max_bad)
    throw Error(ErrorCode::corrupt_file, data_.path(),
                fmt::format("{} pictures cannot be used", skipped.size()),
                fmt::format("at most {} (--max-bad)", options_.max_bad),
                fmt::format("{} names them", folder_.file("data.json")));
}

void TrainingRun::tell_skipped(const std::vector<Skipped>& skipped) {
  const std::size_t told = std::exchange(skipped_told_, skipped.size());
  if (told == skipped.size() || !callbacks_.warning) return;
  for (std::size_t i = told; i < std::min(skipped.size(), kWarningsShown); ++i)
    callbacks_.warning(
        escaped(fmt::format("{}: {}; skipped ({} so far, listed in {})", skipped[i].path,
                            skipped[i].reason, i + 1, folder_.file("data.json"))));
  if (skipped.size() > kWarningsShown)
    callbacks_.warning(fmt::format("{} pictures skipped so far, listed in {}", skipped.size(),
                                   folder_.file("data.json")));
}

double TrainingRun::elapsed() const {
  return elapsed_before_ + seconds_between(begin_, Clock::now());
}

}  // namespace noyau::api
