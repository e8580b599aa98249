#include "api/learning.hpp"

#include <algorithm>
#include <cmath>

#include "api/numbers.hpp"
#include "noyau/error.hpp"

namespace noyau::api {
namespace {

using training::Schedule;

constexpr std::int64_t kUsualEpochs = 10;  // between two drops, and of a first cycle

// The one list of what is the same number on both sides: body(name, ours, theirs).
template <class Options, class Body>
void for_optimizer(Options& ours, training::OptimizerOptions& theirs, const Body& body) {
  body("momentum", ours.momentum, theirs.momentum);
  body("dampening", ours.dampening, theirs.dampening);
  body("nesterov", ours.nesterov, theirs.nesterov);
  body("beta1", ours.beta1, theirs.beta1);
  body("beta2", ours.beta2, theirs.beta2);
  body("eps", ours.eps, theirs.eps);
  body("amsgrad", ours.amsgrad, theirs.amsgrad);
  body("rms-alpha", ours.rms_alpha, theirs.alpha);
  body("centered", ours.centered, theirs.centered);
  body("rate-decay", ours.rate_decay, theirs.rate_decay);
  body("trust-coefficient", ours.trust_coefficient, theirs.trust_coefficient);
  body("trust-clip", ours.trust_clip, theirs.trust_clip);
}
template <class Options, class Body>
void for_schedule(Options& ours, Schedule& theirs, const Body& body) {
  body("step-factor", ours.step_factor, theirs.gamma);
  body("power", ours.power, theirs.power);
  body("final-lr", ours.final_lr, theirs.final);
  body("cycle-growth", ours.cycle_growth, theirs.cycle_growth);
  body("one-cycle-rise", ours.one_cycle_rise, theirs.one_cycle.rise);
  body("one-cycle-div", ours.one_cycle_div, theirs.one_cycle.div);
  body("one-cycle-final-div", ours.one_cycle_final_div, theirs.one_cycle.final_div);
  body("one-cycle-linear", ours.one_cycle_linear, theirs.one_cycle.linear);
  body("one-cycle-three-phase", ours.one_cycle_three_phase, theirs.one_cycle.three_phase);
  body("plateau-patience", ours.plateau_patience, theirs.plateau.patience);
  body("plateau-cooldown", ours.plateau_cooldown, theirs.plateau.cooldown);
  body("plateau-threshold", ours.plateau_threshold, theirs.plateau.threshold);
  body("plateau-absolute", ours.plateau_absolute, theirs.plateau.absolute);
}

// Gives what is unset the value of the other side, where `settings` say that it is read.
auto fill(std::string_view settings) {
  return [settings](std::string_view name, auto& ours, const auto& theirs) {
    if (!ours && reads(settings, name)) ours = theirs;
  };
}

constexpr auto take = [](std::string_view, const auto& ours, auto& theirs) {
  if (ours) theirs = *ours;
};

void fill_optimizer(TrainOptions& options) {
  training::OptimizerDefaults usual =
      training::optimizer_defaults(training::parse_optimizer(options.optimizer));
  if (!options.lr) options.lr = usual.rate;
  if (!options.weight_decay) options.weight_decay = usual.weight_decay;
  const double momentum = options.momentum.value_or(usual.options.momentum);
  usual.options.nesterov =
      options.optimizer == "sgd" && momentum > 0 && options.dampening.value_or(0) == 0;
  // one_cycle moves these two itself.
  const auto momentum_before = options.momentum, beta1_before = options.beta1;
  for_optimizer(options, usual.options, fill(usual.settings));
  if (!is_one_cycle(options)) return;
  options.momentum = momentum_before;
  options.beta1 = beta1_before;
}

void fill_schedule(TrainOptions& options) {
  Schedule usual;
  usual.kind = training::parse_schedule(options.schedule);
  const std::string_view settings = training::schedule_settings(usual.kind);
  for_schedule(options, usual, fill(settings));
  fill(settings)("step-epochs", options.step_epochs, kUsualEpochs);
  fill(settings)("cycle-epochs", options.cycle_epochs, kUsualEpochs);
  if (!options.warmup_epochs && !is_one_cycle(options)) options.warmup_epochs = 1;
}

}  // namespace

bool is_one_cycle(const TrainOptions& options) { return options.schedule == "one_cycle"; }

bool reads(std::string_view settings, std::string_view name) {
  for (std::size_t at = 0; at < settings.size();) {
    const std::size_t end = std::min(settings.find(' ', at), settings.size());
    if (settings.substr(at, end - at) == name) return true;
    at = end + 1;
  }
  return false;
}

TrainOptions with_usual(TrainOptions options) {
  fill_optimizer(options);
  fill_schedule(options);
  return options;
}

training::OptimizerOptions optimizer_options(const TrainOptions& given) {
  const TrainOptions options = with_usual(given);
  training::OptimizerOptions result;
  result.kind = training::parse_optimizer(options.optimizer);
  for_optimizer(options, result, take);
  return result;
}

Schedule schedule_options(const TrainOptions& given, std::int64_t steps_per_epoch) {
  const TrainOptions options = with_usual(given);
  Schedule s;
  s.kind = training::parse_schedule(options.schedule);
  s.base = *options.lr;
  for_schedule(options, s, take);
  s.total_steps = options.epochs * steps_per_epoch;
  s.step_size = options.step_epochs.value_or(kUsualEpochs) * steps_per_epoch;
  s.cycle_steps = options.cycle_epochs.value_or(kUsualEpochs) * steps_per_epoch;
  if (options.milestones)
    for (const std::int64_t epoch : parse_milestones(*options.milestones))
      s.milestones.push_back(epoch * steps_per_epoch);
  s.warmup_start = options.warmup_start;
  s.warmup_steps = std::llround(options.warmup_epochs.value_or(0) * double(steps_per_epoch));
  // A run of one or two epochs still gets most of its steps at the full rate.
  s.warmup_steps = std::min(s.warmup_steps, s.total_steps / 4);
  return s;
}

std::vector<std::int64_t> parse_milestones(std::string_view text) {
  std::vector<std::int64_t> epochs;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find(',', at), text.size());
    const auto epoch = parse_integer(text.substr(at, end - at));
    if (!epoch || *epoch <= (epochs.empty() ? 0 : epochs.back()) || *epoch > 1'000'000)
      throw Error(ErrorCode::invalid_argument, "--milestones", "\"" + std::string(text) + "\"",
                  "rising whole numbers of epochs, such as 30,60,80");
    epochs.push_back(*epoch);
    at = end + 1;
  }
  return epochs;
}

}  // namespace noyau::api
