#pragma once

#include <functional>
#include <memory>
#include <string>

#include "api/network.hpp"
#include "base/thread_pool.hpp"
#include "noyau/train.hpp"
#include "train/trainer.hpp"

namespace noyau::api {

/// What a training run computes with, at its first step.
struct TrainingSetup {
  std::unique_ptr<training::Trainer> trainer = {};
  std::int64_t steps = 0;  ///< updates of an epoch, after --limit-steps
  std::int64_t parameters = 0, macs = 0;
  WeightMatch match = {};  ///< with the file that the run starts from
};

/// The card of a new run: input, classes, and the statistics of the training part.
ModelCard measure_card(const TrainOptions& options, const Dataset& data);

/// Builds network and trainer for the options; `start` takes the weights of `options.weights`.
/// `pool` is borrowed. Throws as the constructors do.
TrainingSetup set_up_training(const TrainOptions& options, const ModelCard& card,
                              const Dataset& data, bool start, ThreadPool& pool,
                              const std::function<void(const std::string&)>& warning);

/// Size of the training pictures in that epoch, counted from 0; see TrainOptions::progressive.
InputSize input_of_epoch(const TrainOptions& options, const InputSize& last, std::int64_t epoch);

/// The training graph of a run for pictures of that size.
Graph training_graph(const TrainOptions& options, const ModelCard& card, const InputSize& input);

/// The loader of a part as the run reads it; training loaders begin at `position`.
std::unique_ptr<Loader> make_loader(const TrainOptions& options, const ModelCard& card,
                                    const Dataset& data, Split split, bool training,
                                    const training::Position& position = {});

}  // namespace noyau::api
