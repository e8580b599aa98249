#pragma once

#include "api/network.hpp"
#include "api/weight_file.hpp"
#include "base/thread_pool.hpp"
#include "runtime/weights.hpp"
#include "train/evaluate.hpp"

namespace noyau::api {

/// One trained network with its preprocessing.
struct Member {
  ModelCard card;
  NetworkSpec spec;
  runtime::Weights weights;
  WeightMatch match;
  Numerics numerics = Numerics::fast;

  /// Builds the network that the card describes and takes its weights from the file. Throws
  /// Error(unsupported) for networks outside the zoo when `network` is empty, and as load_weights.
  Member(const WeightFile& file, ModelCard model_card, const Network& network,
         const WeightOptions& options, ThreadPool& pool);

  /// One part of a dataset.
  training::Evaluation evaluate(const Dataset& data, Split split, const TestView& view,
                                ThreadPool& pool);
};

/// Writes weights and card as .safetensors (F32). Throws Error(io) naming the path; an old file is
/// then intact.
void write_member(const std::string& path, const Member& member);

}  // namespace noyau::api
