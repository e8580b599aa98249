#include "api/settings.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "api/learning.hpp"
#include "base/thread_pool.hpp"
#include "noyau/error.hpp"
#include "train/class_weights.hpp"
#include "zoo/zoo.hpp"

namespace noyau::api {
namespace {

constexpr std::int64_t kSmall = 64;  // up to here pictures are used whole
constexpr std::int64_t kLargestOwnSize = 256;
constexpr std::int64_t kCustomSize = 32;  // of networks that the zoo knows nothing about

std::int64_t model_size(const TrainOptions& options) {
  return options.network ? kCustomSize : zoo::find(options.model).published.image_size;
}

}  // namespace

Split final_part(const Dataset& data) {
  for (const Split split : {Split::test, Split::val})
    if (!data.samples(split).empty()) return split;
  return Split::train;
}

TrainOptions network_of(TrainOptions options, std::uint64_t seed) {
  options.split_seed = options.split_seed.value_or(options.seed);
  options.networks = 0;
  options.seed = seed;
  return options;
}

InputSize choose_input(const TrainOptions& options, const Dataset& data) {
  InputSize input;
  input.channels = data.channels();
  input.depth = data.depth();
  const bool own = data.height() > 0 && std::max(data.height(), data.width()) <= kLargestOwnSize;
  if (options.image_size > 0) {
    input.height = input.width = options.image_size;
  } else if (own) {
    input.height = data.height();
    input.width = data.width();
  } else {
    input.height = input.width = model_size(options);
  }
  const double usual = std::max(input.height, input.width) > kSmall ? 0.875 : 1.0;
  input.crop_fraction = options.crop_fraction > 0 ? options.crop_fraction : usual;
  return input;
}

std::vector<Augmentation> choose_augment(const TrainOptions& options, const InputSize& input) {
  if (options.augment != "auto") return parse_augmentations(options.augment);
  const bool small = std::max(input.height, input.width) <= kSmall;
  return parse_augmentations(small ? "crop,flip" : "resized-crop,flip");
}

nn::LossSettings loss_settings(const TrainOptions& options, Task task) {
  const bool weighted = options.class_weights != "none";
  if (task != Task::classes) return {.task = task, .class_weight = weighted};
  return {.label_smoothing = options.label_smoothing,
          .gamma = options.focal_gamma,
          .soft_targets = options.augment != "auto" && mixes(parse_augmentations(options.augment)),
          .class_weight = weighted};
}

void check_task(const TrainOptions& options, Task task) {
  if (task == Task::classes) return;
  const auto refuse = [&](bool set, const char* flag) {
    if (set)
      throw Error(ErrorCode::invalid_argument, fmt::format("--{}", flag),
                  fmt::format("given for {}", to_string(task)),
                  "pictures of one class each, as the flag is about classes");
  };
  refuse(options.label_smoothing > 0, "label-smoothing");
  refuse(options.focal_gamma > 0, "focal-gamma");
  refuse(task == Task::values && options.class_weights != "none", "class-weights");
  refuse(options.class_weights == "effective", "class-weights effective");
  refuse(options.sampling != "shuffle", "sampling");
}

std::vector<float> class_weights(const TrainOptions& options, const Dataset& data) {
  if (options.class_weights == "none") return {};
  std::vector<std::int64_t> counts(data.classes().size());
  const std::vector<Sample>& samples = data.samples(Split::train);
  if (data.task() == Task::labels) {
    for (const Sample& sample : samples)
      for (std::size_t k = 0; k < counts.size(); ++k) counts[k] += sample.targets[k] > 0;
    return training::balanced_label_weights(counts, std::int64_t(samples.size()));
  }
  for (const Sample& sample : samples) ++counts[std::size_t(sample.label)];
  if (options.class_weights == "balanced") return training::balanced_class_weights(counts);
  if (options.class_weights == "effective") return training::effective_class_weights(counts);
  return {};
}

nn::Regularisation regularisation(const TrainOptions& options) {
  return {options.drop_path, options.dropout, options.drop_connect};
}

training::TrainerOptions trainer_options(const TrainOptions& options,
                                         std::int64_t steps_per_epoch) {
  training::TrainerOptions trainer;
  trainer.optimizer = optimizer_options(options);
  trainer.groups = {.weight_decay = *with_usual(options).weight_decay,
                    .decay_norms_and_biases = options.decay_norms_and_biases,
                    .layer_decay = options.layer_decay};
  trainer.schedule = schedule_options(options, steps_per_epoch);
  trainer.accumulate = options.accumulate;
  trainer.ema = options.ema;
  trainer.clip_norm = options.clip_norm;
  trainer.seed = options.seed;
  trainer.numerics = parse_numerics(options.numerics);
  trainer.memory = parse_memory(options.memory);
  return trainer;
}

LoaderOptions loader_options(const TrainOptions& options, const ModelCard& card) {
  LoaderOptions loader;
  loader.batch = options.batch;
  loader.input = card.input;
  loader.normalisation = card.normalisation;
  loader.values = card.values;
  loader.augment = choose_augment(options, card.input);
  loader.sampling = options.sampling == "balanced" ? Sampling::balanced : Sampling::shuffle;
  loader.seed = options.seed;
  loader.threads = int(options.workers);
  return loader;
}

int thread_count(const TrainOptions& options) {
  return options.threads > 0 ? int(options.threads) : available_processors();
}

}  // namespace noyau::api
