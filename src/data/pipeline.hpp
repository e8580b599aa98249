#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "data/augment/augment.hpp"
#include "data/decode.hpp"
#include "noyau/data.hpp"

namespace noyau::data {

/// From a sample to normalised pixels: decode (or cache), fit, augment, normalise. Thread-safe.
/// What is decoded depends on picture and options; the cache and what other threads did never show.
class Pipeline {
 public:
  Pipeline(Dataset dataset, const LoaderOptions& options);

  const std::vector<Sample>& samples() const { return samples_; }
  const std::vector<Step>& steps() const { return steps_; }
  /// Writes the picture of `position` as it is in `epoch`; false when it is bad, which is recorded.
  bool produce(std::int64_t position, std::int64_t epoch, std::span<float> out);

 private:
  using Shared = std::shared_ptr<const Image>;

  /// What the cache keeps: the picture before its random changes.
  Shared decoded(std::int64_t position);
  Image decode(const Sample& sample) const;
  Shared cached(std::int64_t position);
  void keep(std::int64_t position, const Shared& image);
  bool takes_parts() const;
  std::function<Size(Size)> whole_size() const;
  Image taken(std::int64_t position, const DrawKey& key);
  Image augmented(std::int64_t position, const DrawKey& key);

  Dataset dataset_;
  LoaderOptions options_;
  std::vector<Step> steps_;
  std::optional<std::size_t> taking_;  // the step that takes pictures at their own size
  const std::vector<Sample>& samples_;
  enum State : std::uint8_t { unknown, good, bad };  // bad ones are not tried twice
  std::vector<std::atomic<State>> states_;
  std::mutex mutex_;
  std::vector<Shared> cache_;  // empty when not in use
  std::int64_t cache_left_ = 0;
  std::atomic<bool> cache_full_ = false;
};

}  // namespace noyau::data
