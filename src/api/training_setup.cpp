#include "api/training_setup.hpp"

#include <algorithm>
#include <cmath>

#include "api/settings.hpp"
#include "api/stage_head.hpp"
#include "api/tuning_file.hpp"
#include "api/weight_file.hpp"
#include "passes/passes.hpp"

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

ModelCard describe_run(const TrainOptions& options, const Dataset& data) {
  ModelCard card;
  bool known = false;
  if (!options.from.empty()) {
    const WeightFile file(options.from);
    known = !options.network || has_card(file.notes());
    if (known) card = card_of(file, {.name = options.network ? "" : options.model});
  }
  card.model = options.model;
  card.zoo = !options.network;
  card.task = data.task();
  card.classes = data.classes();
  card.named = true;
  card.head = parse_head(options.head);
  const InputSize chosen = choose_input(options, data);
  if (!known) {
    card.input = chosen;
    return card;
  }
  if (options.crop_fraction > 0) card.input.crop_fraction = options.crop_fraction;
  if (options.image_size > 0 && chosen.height != card.input.height) {
    card.input.height = chosen.height;
    card.input.width = chosen.width;
    if (card.normalisation.kind == NormalisationKind::mean_image) card.normalisation = {};
  }
  return card;
}

ModelCard measure_card(const TrainOptions& options, const Dataset& data) {
  ModelCard card = describe_run(options, data);
  card.values = measure_values(data);
  const NormalisationKind kind = parse_normalisation(options.normalise);
  if (card.normalisation.kind != kind)
    card.normalisation = measure_normalisation(data, kind, card.input, int(options.workers),
                                               data.in_memory() ? 0 : kMostMeasured);
  return card;
}

NetworkSpec run_spec(const TrainOptions& options, const ModelCard& card, const InputSize& input) {
  return {.model = options.model,
          .network = options.network,
          .input = input,
          .classes = std::int64_t(card.classes.size()),
          .zero_gamma = options.zero_gamma,
          .regularisation = regularisation(options),
          // Auxiliary classifiers read what the frozen stages keep to themselves.
          .aux_heads = !freezes(options),
          .conventions = card.conventions,
          .head = card.head};
}

namespace {

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

void check_start(const TrainOptions& options, NetworkSpec spec) {
  const WeightFile file(options.from);
  spec.head = has_stage_head(file.tensors()) ? Head::stages : Head::last;
  const Graph inference = build_inference(spec, 1);
  const WeightMatch match = check_weights(file, inference, true);
  if (!options.ignore_mismatched && !only_head_differs(match, inference))
    check_weights(file, inference, false);
}

namespace {

/// A classifier that starts anew behind weights of others starts at zero (Kolesnikov et al. 2020,
/// "Big Transfer"): wild first answers would send large gradients into the stages before it.
void start_head_at_zero(const Graph& inference, const WeightMatch& match,
                        runtime::Weights& weights) {
  const auto matched = [&](const std::string& name) {
    return std::ranges::find(match.matching, name) != match.matching.end();
  };
  const Node& last =
      inference.nodes()[std::size_t(inference.value(inference.output("logits")).producer)];
  for (const ValueId v : last.inputs) {
    if (v == kNoValue || inference.value(v).kind != ValueKind::parameter) continue;
    const std::string& name = inference.value(v).name;
    if (!matched(name)) std::ranges::fill(weights.at(name).as<float>(), 0.0f);
  }
}

/// Every tensor of the network, from the file that a run starts from where it fits.
runtime::Weights start_weights(const TrainOptions& options, const Graph& inference,
                               ThreadPool& pool, WeightMatch& match) {
  runtime::Weights weights(inference, options.seed, pool);
  if (options.from.empty()) return weights;
  match = load_weights(WeightFile(options.from), inference, {.ignore_mismatched = true}, weights);
  start_head_at_zero(inference, match, weights);
  return weights;
}

runtime::Weights weights_of(const training::Checkpoint& checkpoint) {
  runtime::Weights weights;
  for (const auto& [name, tensor] : checkpoint.weights) weights.set(name, tensor);
  return weights;
}

void copy_into(runtime::Weights& to, const runtime::Weights& from) {
  for (const std::string& name : to.names())
    if (from.contains(name)) to.set(name, from.at(name));
}

}  // namespace

TrainingSetup set_up_training(const TrainOptions& options, const ModelCard& card,
                              const Dataset& data, const training::Checkpoint* from,
                              ThreadPool& pool, const TrainCallbacks& callbacks) {
  Graph training = training_graph(options, card, input_of_epoch(options, card.input, 0));
  const NetworkSpec spec = run_spec(options, card, card.input);
  Graph inference = build_inference(spec, options.batch);
  TrainingSetup setup{.steps = steps_of_epoch(options, data),
                      .parameters = count_parameters(inference),
                      .macs = count_macs(inference) / options.batch};
  const bool loads = !from && !options.from.empty();
  runtime::Weights weights;
  if (from)
    weights = weights_of(*from);
  else if (loads || freezes(options))
    weights = start_weights(options, inference, pool, setup.match);
  if (freezes(options)) {
    const std::string border = frozen_border(options, inference);
    setup.frozen = std::make_unique<Frozen>(build_inference(spec, Frozen::kBatch), border, weights,
                                            options, card, data, pool, callbacks.features);
    training = passes::cut(training, border).back;
    inference = passes::cut(inference, border).back;
  }
  TuningFile tuning({options.tune, callbacks.warning}, pool.threads());
  training::TrainerOptions settings = trainer_options(options, setup.steps);
  settings.task = card.task;
  settings.tuning = tuning.table();
  settings.class_weight = class_weights(options, data);
  setup.trainer = std::make_unique<training::Trainer>(training, inference, settings, pool);
  tuning.save();
  if (loads) {
    copy_into(setup.trainer->weights(), weights);
    setup.trainer->restart_ema();
  }
  return setup;
}

std::unique_ptr<Loader> make_loader(const TrainOptions& options, const ModelCard& card,
                                    const Dataset& data, Frozen* frozen, Split split, bool training,
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
  if (frozen) {
    loader.rows = frozen->rows(split, training);
    loader.augment = {};
  }
  return std::make_unique<Loader>(data, loader);
}

}  // namespace noyau::api
