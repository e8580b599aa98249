#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "api/network.hpp"
#include "base/thread_pool.hpp"
#include "noyau/train.hpp"
#include "runtime/weights.hpp"
#include "train/checkpoint.hpp"
#include "train/features/feature_file.hpp"

namespace noyau::api {

/// Views of a picture as augmentation changes it, where the options name no number.
inline constexpr std::int64_t kUsualViews = 8;

/// Whether the options freeze stages; "auto" has to be decided before.
bool freezes(const TrainOptions& options);

/// The name of the value at which the frozen stages end. Throws Error(invalid_argument) where the
/// network has no such stage, or cannot be cut there, naming where it can.
std::string frozen_border(const TrainOptions& options, const Graph& inference);

/// The stages of a run that do not learn, and what they made of the pictures: computed once for
/// each part and view, and kept in the cache folder under a key of all that they depend on.
class Frozen {
 public:
  using Told = std::function<void(const FeatureProgress&)>;

  /// `whole` is the inference graph of the network for `kBatch` pictures, cut at `border`;
  /// `weights` holds at least those of the front. `pool` is borrowed.
  Frozen(const Graph& whole, const std::string& border, const runtime::Weights& weights,
         const TrainOptions& options, const ModelCard& card, const Dataset& data, ThreadPool& pool,
         Told told);
  static constexpr std::int64_t kBatch = 32;

  /// What loaders of a part read in place of pictures; computes what is not there yet. Views are of
  /// training alone. Throws Error(io) where features cannot be written.
  RowSource rows(Split split, bool training);

  std::int64_t parameters() const;
  std::int64_t width() const;
  std::int64_t views() const { return views_; }

  /// Weights of the whole network in a checkpoint, those of what learns in the trainer.
  void add_to(training::Checkpoint& checkpoint) const;
  void remove_from(training::Checkpoint& checkpoint) const;

 private:
  using Files = std::vector<training::FeatureFile>;

  std::string path_of(Split split, const training::FeatureKey& key) const;
  training::FeatureKey key_of(Split split, std::int64_t view, bool changed) const;
  Files files_of(Split split, bool changed);
  training::FeatureFile file_of(Split split, std::int64_t view, bool changed);
  void compute(Split split, std::int64_t view, bool changed, const training::FeatureKey& key);

  Graph front_;
  runtime::Weights weights_;
  LoaderOptions loader_;  ///< as training reads pictures
  Dataset data_;
  ThreadPool& pool_;
  Numerics numerics_;
  Told told_;
  std::string folder_;
  std::int64_t views_ = 1;
  std::string front_key_;
  std::map<std::pair<Split, bool>, std::shared_ptr<const Files>> files_;
};

}  // namespace noyau::api
