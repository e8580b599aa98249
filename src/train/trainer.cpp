#include "train/trainer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/stopwatch.hpp"
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
  check(options.sgd);
  check(options.schedule);
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
      sgd_(training, options.sgd),
      session_(std::make_unique<runtime::Session>(plan_training(training, options, pool), weights_,
                                                  pool)),
      evaluator_(std::make_unique<Evaluator>(evaluation, weights_, pool, options.numerics,
                                             options.tuning)) {
  check_class_weight(training, options_.class_weight);
  std::vector<GradientView> gradients;
  std::int64_t largest = 0;
  for (const Value& value : training.values()) {
    if (value.kind == ValueKind::state) {
      Tensor& tensor = weights_.at(value.name);
      statistics_.emplace_back(&tensor, tensor);
    }
    if (value.kind != ValueKind::parameter) continue;
    const GradientView gradient = session_->output<float>("grad:" + value.name);
    parameters_.push_back({value.name, &weights_.at(value.name), gradient});
    gradients.push_back(gradient);
    largest = std::max(largest, value.type.shape.elements());
  }
  norm_ = std::make_unique<GradientNorm>(std::move(gradients));
  if (options_.clip_norm > 0) clipped_ = Tensor(Shape{largest});
}

Trainer::~Trainer() = default;

StepReport Trainer::step(const Batch& batch, StepTimes* times) {
  const FlushDenormals flush;
  StepTimes unused;
  StepTimes& t = times ? *times : unused;
  const Stopwatch watch;
  save_statistics();
  t.feed = time_of(watch, [&] { feed(batch); });
  t.plan = time_of(watch, [&] { run_forward_backward(times); });
  const double loss = session_->output<float>("loss")[0];
  double norm = 0;
  t.gradient_norm = time_of(watch, [&] { norm = norm_->compute(pool_); });
  expect_finite(loss, norm);
  const double rate = learning_rate(options_.schedule, position_.global_step);
  t.optimizer = time_of(watch, [&] { update(rate, norm); });
  add_ranks(position_.totals, session_->output<float>("logits"), batch.labels.as<std::int32_t>(),
            loss);
  const StepReport report{.epoch = position_.epoch,
                          .step = position_.step,
                          .loss = loss,
                          .learning_rate = rate,
                          .gradient_norm = norm,
                          .totals = &position_.totals};
  ++position_.step;
  ++position_.global_step;
  t.seconds = watch.seconds();
  return report;
}

EpochReport Trainer::fit_epoch(Loader& loader,
                               const std::function<void(const StepReport&)>& on_step,
                               const std::atomic<bool>* stop) {
  EpochReport epoch;
  const std::int64_t steps = loader.steps_per_epoch();
  while (position_.step < steps) {
    const Batch& batch = loader.next();
    if (batch.epoch != position_.epoch || batch.step != position_.step) {
      throw Error(ErrorCode::invalid_argument, "loader",
                  fmt::format("epoch {} step {}", batch.epoch, batch.step),
                  fmt::format("epoch {} step {}", position_.epoch, position_.step));
    }
    StepReport report = step(batch);
    report.steps_per_epoch = steps;
    epoch.learning_rate = report.learning_rate;
    if (on_step) on_step(report);
    if (stop && stop->load() && position_.step < steps) {
      epoch.stopped = true;
      break;
    }
  }
  epoch.totals = position_.totals;
  if (!epoch.stopped) {
    position_ = {.epoch = position_.epoch + 1,
                 .step = 0,
                 .global_step = position_.global_step,
                 .totals = {}};
  }
  return epoch;
}

Evaluation Trainer::evaluate(Loader& loader) {
  const FlushDenormals flush;
  return evaluator_->run(loader);
}

void Trainer::feed(const Batch& batch) {
  feed_images(*session_, batch);
  if (!options_.class_weight.empty())
    std::ranges::copy(options_.class_weight, session_->input<float>("class_weight").begin());
  std::ranges::copy(batch.labels.as<std::int32_t>(),
                    session_->input<std::int32_t>("target").begin());
}

void Trainer::run_forward_backward(StepTimes* times) {
  const auto step = std::uint64_t(position_.global_step);
  if (times == nullptr) return session_->run(options_.seed, step);
  times->calls.resize(plan().calls.size());
  session_->run(options_.seed, step, times->calls);
}

void Trainer::expect_finite(double loss, double norm) {
  if (std::isfinite(loss) && std::isfinite(norm)) return;
  restore_statistics();
  const std::string culprit = first_not_finite(*session_, weights_, pool_, options_.seed,
                                               std::uint64_t(position_.global_step));
  restore_statistics();
  throw Error(
      ErrorCode::numeric, fmt::format("epoch {} step {}", position_.epoch + 1, position_.step + 1),
      fmt::format("a {} of {}, first seen in {}", std::isfinite(loss) ? "gradient norm" : "loss",
                  std::isfinite(loss) ? norm : loss, culprit),
      "finite numbers", "try a lower learning rate, a longer warm-up or gradient clipping");
}

void Trainer::update(double rate, double norm) {
  const bool clips = options_.clip_norm > 0 && norm > options_.clip_norm;
  const auto scale = float(options_.clip_norm / norm);
  for (Parameter& p : parameters_) {
    const void* gradient = p.gradient.data();
    if (clips) {
      std::ranges::transform(p.gradient, clipped_.as<float>().begin(),
                             [scale](float g) { return g * scale; });
      gradient = clipped_.raw();
    }
    sgd_.update(p.name, *p.weight, gradient, rate, pool_);
  }
}

void Trainer::save_statistics() {
  for (auto& [tensor, saved] : statistics_) std::memcpy(saved.raw(), tensor->raw(), saved.bytes());
}

void Trainer::restore_statistics() {
  for (auto& [tensor, saved] : statistics_) std::memcpy(tensor->raw(), saved.raw(), saved.bytes());
}

}  // namespace noyau::training
