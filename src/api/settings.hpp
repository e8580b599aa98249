#pragma once

#include "api/network.hpp"
#include "noyau/data.hpp"
#include "noyau/train.hpp"
#include "train/trainer.hpp"

namespace noyau::api {

/// What the options mean for a dataset: sizes, augmentation, optimiser, schedule.

/// What is evaluated at the end: the first of test, val and train that is there.
Split final_part(const Dataset& data);

/// One of several networks that are trained alike: with a seed of its own and the parts of all.
TrainOptions network_of(TrainOptions options, std::uint64_t seed);

/// `image_size`, else the pictures' own size where all share one of at most 256 pixels, else that
/// of the model.
InputSize choose_input(const TrainOptions& options, const Dataset& data);

/// "auto" is padded crops and flips for pictures up to 64 pixels, else resized crops and flips.
std::vector<Augmentation> choose_augment(const TrainOptions& options, const InputSize& input);

nn::LossSettings loss_settings(const TrainOptions& options, Task task);

/// Throws Error(invalid_argument) for settings that only data with one class a picture can serve.
void check_task(const TrainOptions& options, Task task);

/// Of the training part, one per class; empty for none.
std::vector<float> class_weights(const TrainOptions& options, const Dataset& data);

nn::Regularisation regularisation(const TrainOptions& options);

/// `steps_per_epoch` counts updates.
training::TrainerOptions trainer_options(const TrainOptions& options, std::int64_t steps_per_epoch);

LoaderOptions loader_options(const TrainOptions& options, const ModelCard& card);

/// 0 = as many as there are processors.
int thread_count(const TrainOptions& options);

}  // namespace noyau::api
