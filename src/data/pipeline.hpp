#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "data/augment/augment.hpp"
#include "noyau/data.hpp"

namespace noyau::data {

/// From a sample to normalised pixels: decode (or cache), fit, augment, normalise. Thread-safe.
class Pipeline {
 public:
  Pipeline(Dataset dataset, const LoaderOptions& options);

  const std::vector<Sample>& samples() const { return samples_; }
  const std::vector<Step>& steps() const { return steps_; }
  /// Writes the picture of `position` as it is in `epoch`; false when it is bad, which is recorded.
  bool produce(std::int64_t position, std::int64_t epoch, std::span<float> out);

 private:
  using Shared = std::shared_ptr<const Image>;

  Shared decoded(std::int64_t position);
  Shared cached(std::int64_t position);
  void keep(std::int64_t position, const Shared& image);
  Image fitted(const Image& image) const;

  Dataset dataset_;
  LoaderOptions options_;
  std::vector<Step> steps_;  // none in evaluation
  const std::vector<Sample>& samples_;
  std::vector<std::atomic<bool>> bad_;  // not tried twice
  std::mutex mutex_;
  std::vector<Shared> cache_;  // empty when not in use
  std::int64_t cache_left_ = 0;
};

}  // namespace noyau::data
