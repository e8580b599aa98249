#include "noyau/train.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <filesystem>

#include "api/advice_file.hpp"
#include "api/learning.hpp"
#include "api/run_folder.hpp"
#include "api/settings.hpp"
#include "api/training_run.hpp"
#include "api/training_setup.hpp"
#include "api/weight_file.hpp"
#include "noyau/advise.hpp"
#include "noyau/error.hpp"
#include "noyau/run.hpp"
#include "noyau/weight_store.hpp"
#include "plan/plan.hpp"
#include "train/checkpoint.hpp"

namespace noyau {
namespace {

TrainOptions with_absolute_paths(TrainOptions options) {
  options.data = std::filesystem::absolute(options.data).lexically_normal().string();
  if (!options.split.empty())
    options.split = std::filesystem::absolute(options.split).lexically_normal().string();
  if (!options.from.empty())
    options.from =
        std::filesystem::absolute(resolve_weights(options.from)).lexically_normal().string();
  return options;
}

/// The weights have to be the same for every size.
void check_progressive(const TrainOptions& options, api::NetworkSpec spec, const Graph& last) {
  spec.input = api::input_of_epoch(options, spec.input, 0);
  const Graph first = api::build_training(spec, 1);
  for (const Value& value : last.values()) {
    if (value.kind != ValueKind::parameter) continue;
    const ValueId other = first.find(value.name);
    if (other != kNoValue && first.shape(other) == value.type.shape) continue;
    throw Error(ErrorCode::invalid_argument, "--progressive",
                fmt::format("{}: {} fits one size only", options.model, value.name),
                "a network whose weights do not depend on the size",
                "cifar_resnet20 and other networks that end in a pool");
  }
}

/// Settings and weights that cannot work are refused before a folder is made.
void check_settings(const TrainOptions& options, const Dataset& data) {
  check_options(options);
  const Numerics numerics = parse_numerics(options.numerics);
  expect_training(numerics);
  plan::expect_supported(numerics);
  if (data.samples(Split::train).empty())
    throw Error(ErrorCode::invalid_argument, data.path(), "no pictures to train on");
  api::check_task(options, data.task());
  const api::ModelCard card = api::describe_run(options, data);
  const api::NetworkSpec spec = api::run_spec(options, card, card.input);
  const Graph graph = api::build_training(spec, 1);
  if (options.progressive < 1) check_progressive(options, spec, graph);
  if (!options.from.empty()) api::check_start(options, spec);
  if (api::freezes(options)) api::frozen_border(options, api::build_inference(spec, 1));
}

void write_records(const api::RunFolder& folder, const TrainOptions& options, const Dataset& data) {
  api::write_file(folder.file("args.toml"), api::args_text(options));
  api::write_file(folder.file("env.json"),
                  api::env_text(options, data, api::thread_count(options)));
  api::write_file(folder.file("data.json"), api::data_text(data));
}

void check_expected(const TrainOptions& options, const ResumeOptions& resume) {
  std::vector<std::string> differing;
  for (const auto& [name, text] : resume.expected) {
    TrainOptions given;
    set_option(given, name, text);
    const std::string mine = get_option(options, name), theirs = get_option(given, name);
    if (mine != theirs) differing.push_back(fmt::format("{} is {}, not {}", name, mine, theirs));
  }
  if (!differing.empty())
    throw Error(ErrorCode::invalid_argument, resume.run,
                fmt::format("{}", fmt::join(differing, ", ")), "the settings of the run",
                "start a new run by noyau train to change them");
}

void check_data(const Dataset& data, const api::RunFolder& folder, bool allow_changed) {
  const std::string before = api::read_fingerprint(folder.file("env.json"));
  if (allow_changed || before == data.fingerprint()) return;
  throw Error(ErrorCode::invalid_argument, data.path(), "changed since the run began",
              "the pictures of the start",
              "--allow-changed-data goes on all the same, without the promise of equal bits");
}

TrainOptions with_changes(TrainOptions options, const ResumeOptions& resume) {
  if (resume.epochs > 0 && resume.epochs < options.epochs)
    throw Error(ErrorCode::invalid_argument, "--epochs", std::to_string(resume.epochs),
                fmt::format("at least the {} of the run", options.epochs));
  if (resume.epochs > 0) options.epochs = resume.epochs;
  if (resume.threads > 0) options.threads = resume.threads;
  if (resume.workers > 0) options.workers = resume.workers;
  options.network = resume.network;
  return options;
}

}  // namespace

Dataset open_data(const TrainOptions& options, int channels) {
  return Dataset::open(options.data, {.seed = options.split_seed.value_or(options.seed),
                                      .val_fraction = options.val_fraction,
                                      .test_fraction = options.test_fraction,
                                      .channels = channels,
                                      .folds = options.folds,
                                      .fold = options.fold,
                                      .per_class = options.per_class,
                                      .split = options.split});
}

TrainResult train(const TrainOptions& given, const Dataset& data, const TrainCallbacks& callbacks) {
  TrainOptions options = with_absolute_paths(given);
  std::optional<Advice> advice;
  if (options.freeze == "auto") {
    check_options(options);
    advice = advise(options, data, callbacks.advising);
    if (callbacks.advised) callbacks.advised(*advice);
    options = api::with_plan(options, advice->plans.front());
  }
  check_settings(options, data);
  // Squared errors have steeper gradients than cross-entropies.
  if (data.task() == Task::values && !options.lr) options.lr = 0.1 * *api::with_usual(options).lr;
  options = api::with_usual(options);
  api::RunFolder folder = api::RunFolder::create(options.out);
  write_records(folder, options, data);
  if (advice) api::write_file(folder.file("advice.json"), api::advice_file_text(*advice));
  api::TrainingRun run(std::move(folder), options, data, callbacks, std::nullopt);
  return run.run();
}

TrainOptions read_run(const std::string& run) {
  if (!is_run(run))
    throw Error(ErrorCode::io, run, "not a run folder", "a folder with args.toml and weights/",
                "runs are below runs/, the newest is runs/latest");
  TrainOptions options;
  read_options(options, run + "/args.toml");
  options.out = run;
  return options;
}

TrainResult resume(const ResumeOptions& resume, const TrainCallbacks& callbacks) {
  const TrainOptions before = read_run(resume.run);
  check_expected(before, resume);
  const TrainOptions options = with_changes(before, resume);
  api::RunFolder folder = api::RunFolder::open(resume.run);
  training::Checkpoint checkpoint = training::load_checkpoint(folder.last_weights());
  const api::ModelCard card = api::read_card(checkpoint.notes, folder.last_weights());
  if (!card.zoo && !resume.network)
    throw Error(ErrorCode::unsupported, resume.run,
                fmt::format("network {} was built by a program", card.model), "",
                "resume it there, with that network");
  const Dataset data = open_data(options, int(card.input.channels));
  check_data(data, folder, resume.allow_changed_data);
  if (options.epochs != before.epochs)
    api::write_file(folder.file("args.toml"), api::args_text(options));
  api::TrainingRun run(std::move(folder), options, data, callbacks, std::move(checkpoint));
  return run.run();
}

}  // namespace noyau
