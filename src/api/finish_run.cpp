#include "api/advice_file.hpp"
#include "api/evaluation.hpp"
#include "api/found_duplicates.hpp"
#include "api/report_input.hpp"
#include "api/run_summary.hpp"
#include "api/settings.hpp"
#include "api/suspicious.hpp"
#include "api/train_command.hpp"
#include "api/training_run.hpp"
#include "noyau/error.hpp"
#include "train/ridge.hpp"

namespace noyau::api {

void TrainingRun::take_best() {
  const Standing newest = standing_of(rows_.back());
  if (newest.score <= best_score_) {
    trainer_->restore_weights(of_trainer(training::load_checkpoint(folder_.best_weights())));
    return;
  }
  best_score_ = newest.score;
  best_epoch_ = rows_.back().epoch;
  if (newest.averages) trainer_->ema()->swap(trainer_->weights());  // nothing is trained any more
  or_warn([&] { save_weights(folder_.best_weights()); });
}

TrainResult TrainingRun::finish() {
  const auto begin = Clock::now();
  take_best();
  const Split part = final_part(data_);
  const auto loader = plain_loader(part);
  const training::Evaluation measured = trainer_->evaluate(*loader);
  const std::chrono::duration<double> taken = Clock::now() - begin;
  const Evaluation evaluation = to_public(measured, card_, taken.count());
  TrainResult result;
  result.run = folder_.path();
  result.part = std::string(to_string(part));
  result.loss = evaluation.loss;
  result.task = evaluation.task;
  result.classes = std::int64_t(card_.classes.size());
  result.score = evaluation.score;
  result.answers = answer_scores(evaluation, card_.classes);
  result.top1 = evaluation.top1;
  result.top5 = evaluation.top5;
  result.balanced_accuracy = evaluation.balanced_accuracy;
  if (evaluation.task == Task::classes)
    result.calibration_error = expected_calibration_error(
        evaluation.probabilities, evaluation.labels, int(card_.classes.size()));
  result.images = evaluation.images;
  result.best_epoch = best_epoch_;
  if (!data_.samples(Split::val).empty()) result.val_score = best_score_;
  write_results(evaluation, part, result);
  result.seconds = elapsed();
  if (!or_warn([&] { write_file(folder_.file("summary.json"), summary_text(result)); }))
    result.complete = false;
  return result;
}

// A head that has not seen a picture says what it takes it for: one pass over features at hand.
std::vector<Suspicion> TrainingRun::suspicious_by_features() {
  constexpr std::int64_t kWidest = 8192;
  if (card_.task != Task::classes || frozen_->width() > kWidest) return {};
  const std::vector<Sample>& samples = data_.samples(Split::train);
  const RowSource source = frozen_->rows(Split::train, false);
  const auto width = std::size_t(frozen_->width());
  std::vector<float> rows, row(width);
  std::vector<std::int32_t> labels;
  std::vector<std::int64_t> positions;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    if (!source.read(std::int64_t(i), 0, row)) continue;
    rows.insert(rows.end(), row.begin(), row.end());
    labels.push_back(samples[i].label);
    positions.push_back(std::int64_t(i));
  }
  const training::RidgeHead head = training::fit_ridge(rows, labels, std::ssize(card_.classes));
  return find_suspicious(head.scores, positions, data_);
}

// Advice on data that has changed since (--allow-changed-data) may not fit: that costs no report.
AdviceFile TrainingRun::advice_or_warning() const {
  try {
    return read_advice_file(folder_.file("advice.json"), data_);
  } catch (const Error& error) {
    if (callbacks_.warning) callbacks_.warning(error.what());
    return {};
  }
}

void TrainingRun::write_results(const Evaluation& evaluation, Split part, TrainResult& result) {
  warn_of_skipped();
  ReportInput input = report_of(card_, evaluation, data_, part);
  input.command = train_command(options_);
  AdviceFile advice = advice_or_warning();
  input.advice = std::move(advice.taken);
  const auto suspicious = frozen_ ? suspicious_by_features() : std::move(advice.suspicious);
  input.suspicious = suspicious_labels(suspicious, data_);
  input.suspicious_total = std::ssize(suspicious);
  add_duplicates(input, data_, pool_.threads());
  input.time_taken_s = elapsed();
  input.parameters = parameters_;
  input.macs = macs_;
  input.threads = pool_.threads();
  input.batch_size = int(options_.batch);
  input.has_seed = true;
  input.seed = options_.seed;
  input.epochs = rows_;
  input.best_epoch = int(best_epoch_);
  const std::string report = folder_.file("report.html");
  if (!or_warn([&] { write_plots(folder_.file("plots"), input); })) result.complete = false;
  if (or_warn([&] { write_report(report, input); }))
    result.report = report;
  else
    result.complete = false;
}

}  // namespace noyau::api
