#pragma once

#include <functional>
#include <memory>
#include <string>

#include "api/frozen.hpp"
#include "api/network.hpp"
#include "base/thread_pool.hpp"
#include "noyau/train.hpp"
#include "train/trainer.hpp"

namespace noyau::api {

/// What a training run computes with, at its first step.
struct TrainingSetup {
  std::unique_ptr<training::Trainer> trainer = {};
  std::unique_ptr<Frozen> frozen = {};  ///< with --freeze; the trainer has the rest of the network
  std::int64_t steps = 0;               ///< updates of an epoch, after --limit-steps
  std::int64_t parameters = 0, macs = 0;
  WeightMatch match = {};  ///< with the file that the run starts from
};

/// What is known of a new run before its pictures are read: the network and its input, taken from
/// the file of `options.from` where there is one. Throws as WeightFile and `card_of`.
ModelCard describe_run(const TrainOptions& options, const Dataset& data);

/// The same with the statistics of the training part, unless they come with the weights.
ModelCard measure_card(const TrainOptions& options, const Dataset& data);

/// The network of a run, for pictures of that size.
NetworkSpec run_spec(const TrainOptions& options, const ModelCard& card, const InputSize& input);

/// Throws Error(shape_mismatch) where the file of `options.from` does not fit the architecture in
/// more than its head, and `ignore_mismatched` is not set.
void check_start(const TrainOptions& options, NetworkSpec spec);

/// Builds network and trainer for the options. A new run (`from` is nullptr) takes the weights of
/// `options.from`; one that goes on has those of its checkpoint to freeze. `pool` is borrowed.
/// Throws as the constructors do.
TrainingSetup set_up_training(const TrainOptions& options, const ModelCard& card,
                              const Dataset& data, const training::Checkpoint* from,
                              ThreadPool& pool, const TrainCallbacks& callbacks);

/// Size of the training pictures in that epoch, counted from 0; see TrainOptions::progressive.
InputSize input_of_epoch(const TrainOptions& options, const InputSize& last, std::int64_t epoch);

/// The training graph of a run for pictures of that size.
Graph training_graph(const TrainOptions& options, const ModelCard& card, const InputSize& input);

/// The loader of a part as the run reads it, of pictures or of what `frozen` made of them; training
/// loaders begin at `position`.
std::unique_ptr<Loader> make_loader(const TrainOptions& options, const ModelCard& card,
                                    const Dataset& data, Frozen* frozen, Split split, bool training,
                                    const training::Position& position = {});

}  // namespace noyau::api
