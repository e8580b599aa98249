#include "api/training_setup.hpp"

#include <algorithm>

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
  card.classes = data.classes();
  card.input = choose_input(options, data);
  card.normalisation =
      measure_normalisation(data, parse_normalisation(options.normalise), card.input,
                            int(options.workers), data.in_memory() ? 0 : kMostMeasured);
  return card;
}

TrainingSetup set_up_training(const TrainOptions& options, const ModelCard& card,
                              const Dataset& data, bool start, ThreadPool& pool,
                              const std::function<void(const std::string&)>& warning) {
  const NetworkSpec spec{.model = options.model,
                         .network = options.network,
                         .input = card.input,
                         .classes = std::int64_t(card.classes.size()),
                         .zero_gamma = options.zero_gamma,
                         .regularisation = regularisation(options)};
  const Graph training = build_training(spec, options.batch, loss_settings(options));
  const Graph inference = build_inference(spec, options.batch);
  TrainingSetup setup{.steps = steps_of_epoch(options, data),
                      .parameters = count_parameters(inference),
                      .macs = count_macs(inference) / options.batch};
  TuningFile tuning({options.tune, warning}, pool.threads());
  training::TrainerOptions settings = trainer_options(options, setup.steps);
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
    loader.first_epoch = position.epoch;
    loader.first_step = position.step * options.accumulate;
  } else {
    loader.augment = {};
  }
  return std::make_unique<Loader>(data, loader);
}

}  // namespace noyau::api
