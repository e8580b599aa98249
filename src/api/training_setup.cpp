#include "api/training_setup.hpp"

#include <algorithm>
#include <cmath>

#include "api/settings.hpp"
#include "api/tuning_file.hpp"
#include "api/weight_file.hpp"

namespace noyau::api {
namespace {

constexpr std::int64_t kMostMeasured = 5000;  // pictures read for the mean of a folder

std::int64_t steps_of_epoch(const TrainOptions& options, const Dataset& data) {
  const auto images = std::int64_t(data.samples(Split::train).size());
  const std::int64_t batches = std::max<std::int64_t>(1, images / options.batch);
  const std::int64_t steps = (batches + options.accumulate - 1) / options.accumulate;
  return options.limit_steps > 0 ? std::min(steps, options.limit_steps) : steps;
}

}  // namespace

ModelCard measure_card(const TrainOptions& options, const Dataset& data) {
  ModelCard card;
  card.model = options.model;
  card.zoo = !options.network;
  card.task = data.task();
  card.classes = data.classes();
  card.values = measure_values(data);
  card.input = choose_input(options, data);
  card.normalisation =
      measure_normalisation(data, parse_normalisation(options.normalise), card.input,
                            int(options.workers), data.in_memory() ? 0 : kMostMeasured);
  return card;
}

namespace {

NetworkSpec run_spec(const TrainOptions& options, const ModelCard& card, const InputSize& input) {
  return {.model = options.model,
          .network = options.network,
          .input = input,
          .classes = std::int64_t(card.classes.size()),
          .zero_gamma = options.zero_gamma,
          .regularisation = regularisation(options)};
}

/// A multiple of four, so that three halvings keep most of it, and at least eight.
std::int64_t round_size(double pixels, std::int64_t last) {
  return std::min(last, std::max<std::int64_t>(8, 4 * std::llround(pixels / 4)));
}

}  // namespace

InputSize input_of_epoch(const TrainOptions& options, const InputSize& last, std::int64_t epoch) {
  constexpr std::int64_t kStages = 4;
  const std::int64_t stage = std::min(kStages - 1, epoch * kStages / options.epochs);
  const bool at_end = stage == kStages - 1 || epoch + 1 >= options.epochs;
  if (at_end || options.progressive == 1) return last;
  const double grown = double(stage) / double(kStages - 1);
  const double share = options.progressive + (1 - options.progressive) * grown;
  InputSize input = last;
  input.height = round_size(share * double(last.height), last.height);
  input.width = round_size(share * double(last.width), last.width);
  return input;
}

Graph training_graph(const TrainOptions& options, const ModelCard& card, const InputSize& input) {
  return build_training(run_spec(options, card, input), options.batch,
                        loss_settings(options, card.task));
}

TrainingSetup set_up_training(const TrainOptions& options, const ModelCard& card,
                              const Dataset& data, bool start, ThreadPool& pool,
                              const std::function<void(const std::string&)>& warning) {
  const Graph training = training_graph(options, card, input_of_epoch(options, card.input, 0));
  const Graph inference = build_inference(run_spec(options, card, card.input), options.batch);
  TrainingSetup setup{.steps = steps_of_epoch(options, data),
                      .parameters = count_parameters(inference),
                      .macs = count_macs(inference) / options.batch};
  TuningFile tuning({options.tune, warning}, pool.threads());
  training::TrainerOptions settings = trainer_options(options, setup.steps);
  settings.task = card.task;
  settings.tuning = tuning.table();
  settings.class_weight = class_weights(options, data);
  setup.trainer = std::make_unique<training::Trainer>(training, inference, settings, pool);
  tuning.save();
  if (!start || options.weights.empty()) return setup;
  setup.match =
      load_weights(WeightFile(options.weights), training,
                   {.ignore_mismatched = options.ignore_mismatched}, setup.trainer->weights());
  setup.trainer->restart_ema();
  return setup;
}

std::unique_ptr<Loader> make_loader(const TrainOptions& options, const ModelCard& card,
                                    const Dataset& data, Split split, bool training,
                                    const training::Position& position) {
  LoaderOptions loader = loader_options(options, card);
  loader.split = split;
  loader.training = training;
  if (training) {
    loader.input = input_of_epoch(options, card.input, position.epoch);
    loader.first_epoch = position.epoch;
    loader.first_step = position.step * options.accumulate;
  } else {
    loader.augment = {};
  }
  return std::make_unique<Loader>(data, loader);
}

}  // namespace noyau::api
