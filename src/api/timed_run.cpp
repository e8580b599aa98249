// How a run is fitted to a time (--time): a few steps are tried and taken back, epochs and schedule
// follow from their speed, and each epoch that ends corrects them, as does half of the last one.

#include <fmt/format.h>

#include <algorithm>

#include "api/learning.hpp"
#include "api/settings.hpp"
#include "api/time_budget.hpp"
#include "api/training_run.hpp"
#include "api/training_setup.hpp"
#include "noyau/error.hpp"

namespace noyau::api {
namespace {

constexpr std::size_t kLeastTried = 4;
constexpr double kTrySeconds = 1, kTryShare = 0.02;  // at least, and of the whole time
constexpr double kForwardShare = 0.35;               // of a training step
constexpr double kSaveSeconds = 0.3, kEndSeconds = 1;

double median(std::vector<double> values) {
  const auto middle = values.begin() + std::ptrdiff_t(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace

double TrainingRun::time_left() const {
  const double images = double(data_.samples(final_part(data_)).size());
  const double end =
      images / double(options_.batch) * speed_.step_s * kForwardShare / double(options_.accumulate);
  return parse_duration(options_.time) - elapsed() - end - kEndSeconds;
}

// Steps of small pictures, with --progressive, take less time.
double TrainingRun::cost_to_come() const {
  const auto area = [](const InputSize& input) { return double(input.height * input.width); };
  double sum = 0;
  std::int64_t epochs = 0;
  for (std::int64_t e = trainer_->position().epoch; e < options_.epochs; ++e, ++epochs)
    sum += area(input_of_epoch(options_, card_.input, e));
  return epochs > 0 ? sum / double(epochs) / area(input_) : 1;
}

void TrainingRun::try_steps() {
  const training::Checkpoint before = trainer_->checkpoint();
  const auto loader =
      make_loader(options_, card_, data_, frozen_.get(), Split::train, true, trainer_->position());
  const auto begin = Clock::now();
  auto last = begin;
  const double long_enough = std::max(kTrySeconds, kTryShare * parse_duration(options_.time));
  std::vector<double> seconds;
  std::atomic<bool> stop{false};
  const auto told = [&](const training::StepReport&) {
    const auto now = Clock::now();
    seconds.push_back(std::chrono::duration<double>(now - last).count());
    last = now;
    stop = seconds.size() >= kLeastTried &&
           std::chrono::duration<double>(now - begin).count() >= long_enough;
  };
  trainer_->fit_epoch(*loader, told, &stop);
  trainer_->restore(before);
  if (seconds.size() > 1)
    seconds.erase(seconds.begin());  // it touches all memory for the first time
  speed_.step_s = median(std::move(seconds)) * cost_to_come();
  const double evaluations = trainer_->ema() != nullptr ? 2 : 1;
  const double images = double(data_.samples(Split::val).size());
  speed_.epoch_s = evaluations * images / double(options_.batch * options_.accumulate) *
                       speed_.step_s * kForwardShare +
                   kSaveSeconds;
}

void TrainingRun::fit_to_time() {
  try_steps();
  const double left = time_left();
  const double epoch = double(full_steps_) * speed_.step_s + speed_.epoch_s;
  if (left < epoch)
    throw Error(
        ErrorCode::invalid_argument, "--time", options_.time,
        fmt::format("at least {:.0f} s for one epoch of {} on {}",
                    epoch + parse_duration(options_.time) - left, options_.model, data_.path()),
        "--limit-steps N makes epochs shorter");
  const Fit fit = fit_time(left, speed_, full_steps_);
  options_.epochs = fit.epochs;
  options_.limit_steps = steps_ = fit.steps;
  trainer_->set_schedule(schedule_options(options_, steps_));
  write_file(folder_.file("args.toml"), args_text(options_));
}

void TrainingRun::refit(const Speed& speed) {
  const std::int64_t done = trainer_->position().epoch;
  if (options_.time.empty() || done >= options_.epochs) return;
  speed_ = speed;
  speed_.step_s *= cost_to_come();
  const Fit fit = fit_time(time_left(), speed_, full_steps_);
  options_.epochs = done + fit.epochs;
  steps_ = fit.steps;
  // What is left of the schedule is spread over the steps that are left.
  trainer_->set_pace({trainer_->pace().at, schedule_left() / double(fit.epochs * fit.steps)});
}

// No speed of epochs before foretells the last one on a machine that others use too: only its own
// does. The first steps stay as planned, so that `verify` can repeat them.
void TrainingRun::refit_last_epoch(double seconds) {
  const training::Position& now = trainer_->position();
  if (options_.time.empty() || now.epoch + 1 < options_.epochs) return;
  if (now.global_step < FirstSteps::kMost || now.step >= full_steps_) return;
  speed_.step_s = seconds / double(now.step - first_step_);
  const Rest rest = fit_rest(time_left(), speed_, now.step, full_steps_);
  options_.epochs += rest.after.epochs;
  steps_ = rest.steps;
  const std::int64_t to_come = rest.steps - now.step + rest.after.epochs * rest.after.steps;
  trainer_->set_pace({trainer_->pace().at, schedule_left() / double(to_come)});
}

double TrainingRun::schedule_left() const {
  return std::max(0.0, double(trainer_->schedule().total_steps) - trainer_->pace().at);
}

}  // namespace noyau::api
