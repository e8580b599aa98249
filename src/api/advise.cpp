#include "noyau/advise.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "api/advice_file.hpp"
#include "api/frozen.hpp"
#include "api/settings.hpp"
#include "api/stage_features.hpp"
#include "api/suspicious.hpp"
#include "api/train_command.hpp"
#include "api/training_setup.hpp"
#include "api/weight_file.hpp"
#include "base/stopwatch.hpp"
#include "explain/interval.hpp"
#include "noyau/error.hpp"
#include "noyau/model.hpp"
#include "noyau/run.hpp"
#include "train/ridge.hpp"
#include "train/ridge_rows.hpp"

namespace noyau {
namespace {

constexpr std::int64_t kMostProbed = 2000;
constexpr std::int64_t kMuch = 250;  // training pictures of the middle class
constexpr double kSimilarGap = 0.6;  // between guessing and no error
constexpr double kStandardErrors = 2;
constexpr double kHeadSecondsPerRow = 2e-6;  // a step of a last layer, per picture and epoch
constexpr std::int64_t kTimedSteps = 3;

std::vector<std::int64_t> class_counts(const Dataset& data) {
  std::vector<std::int64_t> counts(data.classes().size());
  for (const Sample& sample : data.samples(Split::train)) ++counts[std::size_t(sample.label)];
  return counts;
}

std::int64_t middle(std::vector<std::int64_t> counts) {
  std::ranges::sort(counts);
  return counts[counts.size() / 2];
}

std::vector<std::int32_t> labels_of(const Dataset& data,
                                    const std::vector<std::int64_t>& positions) {
  std::vector<std::int32_t> labels;
  for (const std::int64_t position : positions)
    labels.push_back(data.samples(Split::train)[std::size_t(position)].label);
  return labels;
}

std::vector<std::int64_t> choose_pictures(const Dataset& data) {
  std::vector<std::int32_t> labels;
  for (const Sample& sample : data.samples(Split::train)) labels.push_back(sample.label);
  const auto rows = training::even_rows(labels, std::int64_t(data.classes().size()), kMostProbed);
  return {rows.begin(), rows.end()};
}

/// One probe for each stage, and one for all of them together, which also doubts labels.
void probe(const api::StageFeatures& features, const Dataset& data, Advice& advice) {
  const std::vector<std::int32_t> labels = labels_of(data, features.positions);
  const auto add = [&](std::int64_t stages, std::int64_t width, std::span<const float> rows) {
    training::RidgeHead head = training::fit_ridge(rows, labels, std::ssize(data.classes()));
    advice.probes.push_back({stages, width, head.accuracy, head.balanced_accuracy});
    return std::move(head.scores);
  };
  std::int64_t all = 0;
  for (std::size_t g = 0; g < features.widths.size(); ++g) {
    add(features.stages[g], features.widths[g], api::columns(features, g));
    all += features.widths[g];
  }
  const std::vector<float> scores = add(0, all, features.rows);
  advice.suspicious = api::find_suspicious(scores, features.positions, data);
}

double standard_error(double accuracy, std::int64_t count) {
  return std::sqrt(std::max(accuracy * (1 - accuracy), 1e-4) / double(count));
}

std::string percent(double share) { return fmt::format("{:.1f} %", 100 * share); }

/// Decides on the quadrant and says why.
void judge(Advice& advice) {
  const StageProbe& all = advice.probes.back();
  const StageProbe& last = advice.probes[advice.probes.size() - 2];
  const double guess = 1 / double(advice.classes.size());
  const double closed = (last.balanced - guess) / (1 - guess);
  const double lost = all.accuracy - last.accuracy;
  const double error = standard_error(last.accuracy, advice.probed);
  advice.little = advice.per_class < kMuch;
  advice.similar = closed >= kSimilarGap && lost <= kStandardErrors * error;
  advice.reasons.push_back(
      fmt::format("{}: the middle class has {} training pictures ({} is where much begins)",
                  advice.little ? "little data" : "much data", advice.per_class, kMuch));
  advice.reasons.push_back(fmt::format(
      "a linear head on the last features is right for {} of pictures it has not seen ({} by the "
      "mean over classes, which closes {:.0f} % of the gap between guessing and no error)",
      percent(last.accuracy), percent(last.balanced), 100 * std::max(0.0, closed)));
  advice.reasons.push_back(fmt::format(
      "on the features of all stages it is right for {}: {}", percent(all.accuracy),
      lost > kStandardErrors * error ? "earlier stages see what the last features no longer tell"
                                     : "earlier stages add nothing that is certain"));
  if (advice.similar) {
    advice.reasons.push_back("so the pictures are similar to what the weights were trained on");
  } else {
    const std::string why = closed < kSimilarGap
                                ? fmt::format("less than {:.0f} % is closed", 100 * kSimilarGap)
                                : "the last features lack something";
    advice.reasons.push_back(
        fmt::format("so the pictures differ from what the weights were trained on: {}", why));
  }
}

/// How fast the network trains here, measured by a few steps, and how much memory it takes.
struct Cost {
  double step_s = 0;
  std::int64_t memory = 0;
};

Cost measure_cost(const TrainOptions& options, const api::ModelCard& card, const Dataset& data,
                  ThreadPool& pool) {
  const api::TrainingSetup setup = api::set_up_training(options, card, data, nullptr, pool, {});
  const auto loader = api::make_loader(options, card, data, nullptr, Split::train, true);
  Cost cost{.memory = std::int64_t(setup.trainer->plan().arena_bytes)};
  const Batch& batch = loader->next();
  setup.trainer->step(batch);  // touches all memory for the first time
  const Stopwatch watch;
  for (std::int64_t i = 0; i < kTimedSteps; ++i) setup.trainer->step(batch);
  cost.step_s = watch.seconds() / double(kTimedSteps);
  return cost;
}

/// The settings of a call of `noyau train` that has no flag but --from.
TrainOptions settings_of_start(const TrainOptions& options) {
  TrainOptions settings;
  const std::string model = weight_file_info(options.from).model;
  if (!model.empty()) settings.model = model;
  return settings;
}

/// Of a head: what the probe says, as an interval. Of fine-tuning: from there to half the errors,
/// which is what it removed at best where we measured it (docs/solar-cells.md).
void forecast_accuracy(TransferPlan& plan, const StageProbe& probe, std::int64_t count) {
  const auto interval =
      explain::share_interval(std::llround(probe.accuracy * double(count)), count);
  plan.low = interval.low;
  plan.high = interval.high;
  if (plan.recipe == "fine-tune") plan.high = std::max(plan.high, 1 - (1 - probe.accuracy) / 2);
}

/// Frozen stages run once for each view, then only the last layer is trained.
double seconds_of_head(const TrainOptions& options, const Advice& advice) {
  const double views = double(std::min(api::kUsualViews, options.epochs)) + 0.5;
  return double(advice.images) *
         (views * advice.seconds_per_image + double(options.epochs) * kHeadSecondsPerRow);
}

/// The four ways, the recommended one first.
std::vector<TransferPlan> make_plans(const TrainOptions& options, const api::ModelCard& card,
                                     const Dataset& data, const Advice& advice, std::int64_t stages,
                                     ThreadPool& pool) {
  // Of ten stages the last four learn.
  const std::string some = std::to_string(std::max<std::int64_t>(1, 2 * stages / 3));
  std::vector<TransferPlan> plans = {{.name = "a linear head on the last features",
                                      .freeze = "head",
                                      .head = "last",
                                      .recipe = "linear-probe"},
                                     {.name = "a linear head on the features of all stages",
                                      .freeze = "head",
                                      .head = "stages",
                                      .recipe = "linear-probe"},
                                     {.name = "fine-tuning of the later stages",
                                      .freeze = some,
                                      .head = "last",
                                      .recipe = "fine-tune"},
                                     {.name = "fine-tuning of all stages",
                                      .freeze = "none",
                                      .head = "last",
                                      .recipe = "fine-tune"}};
  const TrainOptions tuned = api::with_plan(options, plans.back());
  const Cost cost = measure_cost(tuned, card, data, pool);
  const TrainOptions start = settings_of_start(options);
  const StageProbe& all = advice.probes.back();
  const StageProbe& last = advice.probes[advice.probes.size() - 2];
  for (TransferPlan& plan : plans) {
    const TrainOptions settings = api::with_plan(options, plan);
    plan.epochs = settings.epochs;
    plan.command = api::train_command(settings, start);
    const bool head = plan.freeze == "head";
    const std::int64_t batches = std::max<std::int64_t>(1, advice.images / tuned.batch);
    plan.seconds =
        head ? seconds_of_head(settings, advice) : double(batches * settings.epochs) * cost.step_s;
    plan.memory = head ? 0 : cost.memory;
    forecast_accuracy(plan, plan.head == "stages" || !head ? all : last, advice.probed);
  }
  const std::size_t best = advice.little ? (advice.similar ? 0 : 1) : (advice.similar ? 2 : 3);
  std::rotate(plans.begin(), plans.begin() + std::ptrdiff_t(best),
              plans.begin() + std::ptrdiff_t(best) + 1);
  return plans;
}

}  // namespace

Advice advise(const TrainOptions& given, const Dataset& data,
              const std::function<void(std::int64_t, std::int64_t)>& told) {
  if (given.from.empty())
    throw Error(ErrorCode::invalid_argument, "advise", "no weights to start from",
                "--from: a run folder, a weight file, or a name of noyau weights list");
  if (data.task() != Task::classes)
    throw Error(ErrorCode::unsupported, data.path(),
                fmt::format("pictures with {}", to_string(data.task())),
                "pictures of one class each: advise looks at how well features tell classes apart");
  TrainOptions options = given;
  options.freeze = "none";
  options.head = "last";
  const api::ModelCard card = api::measure_card(options, data);
  ThreadPool pool(api::thread_count(options));
  api::NetworkSpec spec = api::run_spec(options, card, card.input);
  api::check_start(options, spec);
  spec.head = api::Head::stages;
  const Graph graph = api::build_inference(spec, 1);
  runtime::Weights weights(graph, options.seed, pool);
  api::load_weights(api::WeightFile(options.from), graph, {.ignore_mismatched = true}, weights);
  const api::StageFeatures features =
      api::measure_stages(card, weights, data, choose_pictures(data), pool, told);
  Advice advice{.data = options.data, .from = options.from, .model = options.model};
  advice.images = std::int64_t(data.samples(Split::train).size());
  advice.classes = data.classes();
  advice.per_class = middle(class_counts(data));
  advice.probed = std::ssize(features.positions);
  advice.seconds_per_image = features.seconds_per_image;
  probe(features, data, advice);
  judge(advice);
  const auto stages = features.stages.empty() ? 1 : features.stages.back();
  advice.plans = make_plans(options, card, data, advice, stages, pool);
  return advice;
}

}  // namespace noyau
