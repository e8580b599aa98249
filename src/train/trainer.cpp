#include "train/trainer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "noyau/error.hpp"
#include "passes/passes.hpp"
#include "runtime/lower.hpp"
#include "runtime/tune.hpp"
#include "train/diagnose.hpp"

namespace noyau::training {
namespace {

plan::Plan plan_training(const Graph& graph, const TrainerOptions& trainer, ThreadPool& pool) {
  for (const char* output : {"logits", "loss"}) {
    if (graph.output(output) != kNoValue) continue;
    throw Error(ErrorCode::invalid_argument, "training graph",
                fmt::format("no output '{}'", output), "the outputs logits and loss");
  }
  const plan::Options options{.numerics = trainer.numerics};
  return runtime::make_tuned_plan(
      runtime::lower_training(passes::autodiff(graph), options, trainer.memory), options,
      trainer.tuning, pool);
}

void check_class_weight(const Graph& graph, const std::vector<float>& weight) {
  const ValueId input = graph.find("class_weight");
  const std::int64_t wanted = input == kNoValue ? 0 : graph.shape(input).elements();
  if (std::ssize(weight) != wanted)
    throw Error(ErrorCode::shape_mismatch, "training graph",
                fmt::format("{} class weights", weight.size()), fmt::format("{}", wanted));
}

const TrainerOptions& checked(const TrainerOptions& options) {
  expect_training(options.numerics);
  check(options.optimizer);
  check(options.groups);
  check(options.schedule);
  if (options.accumulate < 1) {
    throw Error(ErrorCode::invalid_argument, "accumulate", fmt::format("{}", options.accumulate),
                "1 or more");
  }
  if (!(std::isfinite(options.clip_norm) && options.clip_norm >= 0)) {
    throw Error(ErrorCode::invalid_argument, "clip_norm", fmt::format("{}", options.clip_norm),
                "a finite number, 0 or more");
  }
  return options;
}

template <class Body>
runtime::CallTime time_of(const Stopwatch& watch, Body&& body) {
  const double begin = watch.seconds();
  body();
  return {begin, watch.seconds() - begin};
}

}  // namespace

Trainer::Trainer(const Graph& training, const Graph& evaluation, const TrainerOptions& options,
                 ThreadPool& pool)
    : options_(checked(options)),
      pool_(pool),
      weights_(training, options.seed, pool),
      optimizer_(training, options.optimizer),
      session_(std::make_unique<runtime::Session>(plan_training(training, options, pool), weights_,
                                                  pool)),
      evaluator_(std::make_unique<Evaluator>(evaluation, weights_, pool, options.task,
                                             options.numerics, options.tuning)) {
  check_class_weight(training, options_.class_weight);
  has_targets_ = training.type(training.find("target")).dtype == DType::f32;
  for (const Value& value : training.values()) {
    if (value.kind != ValueKind::state) continue;
    Tensor& tensor = weights_.at(value.name);
    statistics_.emplace_back(&tensor, tensor);
  }
  build_parameters(training);
  restart_ema();
}

void Trainer::restart_ema() {
  if (options_.ema > 0) ema_ = std::make_unique<Ema>(weights_, options_.ema);
}

void Trainer::set_graph(const Graph& training) {
  for (const Parameter& parameter : parameters_) {
    const ValueId other = training.find(parameter.name);
    const Shape& wanted = parameter.weight->shape();
    if (other != kNoValue && training.shape(other) == wanted) continue;
    throw Error(ErrorCode::shape_mismatch, parameter.name,
                other == kNoValue ? "not there" : to_string(training.shape(other)),
                to_string(wanted), "pictures of another size need a network that ends in a pool");
  }
  TrainerOptions options = options_;
  options.tuning = nullptr;
  // The old buffers go first: two sessions at once would double the memory.
  session_.reset();
  session_ =
      std::make_unique<runtime::Session>(plan_training(training, options, pool_), weights_, pool_);
  build_parameters(training);
}

void Trainer::build_parameters(const Graph& training) {
  parameters_.clear();
  const auto groups = parameter_groups(training, options_.groups);
  std::vector<GradientView> gradients;
  for (const Value& value : training.values()) {
    if (value.kind != ValueKind::parameter) continue;
    gradients.push_back(session_->output<float>("grad:" + value.name));
    parameters_.push_back(
        {value.name, &weights_.at(value.name), gradients.back(), groups.at(value.name)});
  }
  norm_ = std::make_unique<GradientNorm>(gradients);
  if (options_.accumulate == 1) return;
  sum_ = std::make_unique<GradientSum>(std::move(gradients));
  sum_norm_ = std::make_unique<GradientNorm>(sum_->sums());
  for (std::size_t i = 0; i < parameters_.size(); ++i) parameters_[i].gradient = sum_->sums()[i];
}

Trainer::~Trainer() = default;

StepReport Trainer::step(const Batch& batch, StepTimes* times) {
  return step([&batch]() -> const Batch& { return batch; }, 1, times);
}

StepReport Trainer::step(const std::function<const Batch&()>& next, std::int64_t batches,
                         StepTimes* times) {
  if (batches < 1 || batches > options_.accumulate) {
    throw Error(ErrorCode::invalid_argument, "batches of a step", fmt::format("{}", batches),
                fmt::format("1 to {}", options_.accumulate));
  }
  const FlushDenormals flush;
  StepClock clock{.calls = times != nullptr};
  save_statistics();
  const BatchSums sums = run_batches(next, batches, clock);
  const double rate = learning_rate(options_.schedule, schedule_step()) * plateau_.scale;
  clock.times.optimizer = time_of(clock.watch, [&] { update(rate, sums.norm, batches); });
  if (ema_) ema_->update(weights_, position_.global_step, pool_);
  position_.totals = sums.totals;
  const StepReport report{.epoch = position_.epoch,
                          .step = position_.step,
                          .loss = sums.loss / double(batches),
                          .learning_rate = rate,
                          .gradient_norm = sums.norm,
                          .totals = &position_.totals};
  ++position_.step;
  ++position_.global_step;
  pace_.at += pace_.per_step;
  clock.times.seconds = clock.watch.seconds();
  if (times) *times = std::move(clock.times);
  return report;
}

EpochReport Trainer::fit_epoch(Loader& loader,
                               const std::function<void(const StepReport&)>& on_step,
                               const std::atomic<bool>* stop) {
  EpochReport epoch;
  const std::int64_t batches = loader.steps_per_epoch(), group = options_.accumulate;
  const std::int64_t steps = (batches + group - 1) / group;
  while (position_.step < steps) {
    std::int64_t at = position_.step * group;
    const std::int64_t taken = std::min(group, batches - at);
    StepReport report = step([&]() -> const Batch& { return next_of(loader, at++); }, taken);
    report.steps_per_epoch = steps;
    epoch.learning_rate = report.learning_rate;
    if (on_step) on_step(report);
    if (stop && stop->load() && position_.step < steps) {
      epoch.stopped = true;
      break;
    }
  }
  epoch.totals = position_.totals;
  if (!epoch.stopped) skip_to_next_epoch();
  return epoch;
}

void Trainer::skip_to_next_epoch() {
  position_ = {
      .epoch = position_.epoch + 1, .step = 0, .global_step = position_.global_step, .totals = {}};
}

const Batch& Trainer::next_of(Loader& loader, std::int64_t index) const {
  const Batch& batch = loader.next();
  if (batch.epoch == position_.epoch && batch.step == index) return batch;
  throw Error(ErrorCode::invalid_argument, "loader",
              fmt::format("epoch {} batch {}", batch.epoch, batch.step),
              fmt::format("epoch {} batch {}", position_.epoch, index));
}

Evaluation Trainer::evaluate(Loader& loader) {
  const FlushDenormals flush;
  return evaluator_->run(loader);
}

void Trainer::feed(const Batch& batch) {
  feed_images(*session_, batch);
  if (!options_.class_weight.empty())
    std::ranges::copy(options_.class_weight, session_->input<float>("class_weight").begin());
  if (!has_targets_) {
    std::ranges::copy(batch.labels.as<std::int32_t>(),
                      session_->input<std::int32_t>("target").begin());
    return;
  }
  if (!batch.has_targets())
    throw Error(ErrorCode::invalid_argument, "batch", "labels", "targets [batch, classes]",
                "the training graph was built for targets of its outputs' shape");
  std::ranges::copy(batch.targets.as<float>(), session_->input<float>("target").begin());
}

Trainer::BatchSums Trainer::run_batches(const std::function<const Batch&()>& next,
                                        std::int64_t batches, StepClock& clock) {
  BatchSums sums{.totals = position_.totals};
  try {
    for (std::int64_t i = 0; i < batches; ++i) run_batch(next(), i, sums, clock);
    if (!sum_) return sums;
    sums.norm = sum_norm_->compute(pool_) / double(batches);
    expect_finite(sums.loss, sums.norm, draw_of(batches - 1));
  } catch (...) {
    restore_statistics();
    throw;
  }
  return sums;
}

void Trainer::run_batch(const Batch& batch, std::int64_t index, BatchSums& sums, StepClock& clock) {
  StepTimes& t = clock.times;
  t.feed = time_of(clock.watch, [&] { feed(batch); });
  t.plan = time_of(clock.watch, [&] { run_forward_backward(draw_of(index), clock); });
  const double loss = session_->output<float>("loss")[0];
  t.gradient_norm = time_of(clock.watch, [&] { sums.norm = norm_->compute(pool_); });
  expect_finite(loss, sums.norm, draw_of(index));
  sums.loss += loss;
  if (sum_) sum_->add(index == 0, pool_);
  if (options_.task == Task::classes) {
    add_ranks(sums.totals, session_->output<float>("logits"), batch.labels.as<std::int32_t>(),
              loss);
  } else {
    const std::int64_t samples = batch.labels.shape()[0];
    sums.totals.loss += loss * double(samples);
    sums.totals.samples += samples;
  }
}

// Every batch has a mask of its own.
std::uint64_t Trainer::draw_of(std::int64_t index) const {
  return std::uint64_t(position_.global_step * options_.accumulate + index);
}

void Trainer::run_forward_backward(std::uint64_t draw, StepClock& clock) {
  if (!clock.calls) return session_->run(options_.seed, draw);
  clock.times.calls.resize(plan().calls.size());
  session_->run(options_.seed, draw, clock.times.calls);
}

void Trainer::expect_finite(double loss, double norm, std::uint64_t draw) {
  if (std::isfinite(loss) && std::isfinite(norm)) return;
  restore_statistics();
  const std::string culprit = first_not_finite(*session_, weights_, pool_, options_.seed, draw);
  throw Error(
      ErrorCode::numeric, fmt::format("epoch {} step {}", position_.epoch + 1, position_.step + 1),
      fmt::format("a {} of {}, first seen in {}", std::isfinite(loss) ? "gradient norm" : "loss",
                  std::isfinite(loss) ? norm : loss, culprit),
      "finite numbers", "try a lower learning rate, a longer warm-up or gradient clipping");
}

std::int64_t Trainer::schedule_step() const { return std::llround(pace_.at); }

void Trainer::set_schedule(const Schedule& schedule) {
  check(schedule);
  options_.schedule = schedule;
}

void Trainer::update(double rate, double norm, std::int64_t batches) {
  const bool clips = options_.clip_norm > 0 && norm > options_.clip_norm;
  const double scale = (clips ? options_.clip_norm / norm : 1) / double(batches);
  const std::optional<double> momentum = momentum_at(options_.schedule, schedule_step());
  for (const Parameter& p : parameters_) {
    optimizer_.update(p.name, *p.weight, p.gradient.data(),
                      {.step = position_.global_step,
                       .rate = rate * p.group.rate_scale,
                       .weight_decay = p.group.weight_decay,
                       .gradient_scale = scale,
                       .momentum = momentum},
                      pool_);
  }
}

void Trainer::save_statistics() {
  for (auto& [tensor, saved] : statistics_) std::memcpy(saved.raw(), tensor->raw(), saved.bytes());
}

void Trainer::restore_statistics() {
  for (auto& [tensor, saved] : statistics_) std::memcpy(tensor->raw(), saved.raw(), saved.bytes());
}

}  // namespace noyau::training
