#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/thread_pool.hpp"

namespace noyau::training {

/// A gradient in the arena; f32.
using GradientView = std::span<const float>;

/// Sums squares of many tensors in double over fixed chunks, added in a fixed order: the same bits
/// for any number of threads. Allocates once.
class GradientNorm {
 public:
  explicit GradientNorm(std::vector<GradientView> gradients);

  /// The l2 norm over all of them; NaN or infinite when any element is.
  double compute(ThreadPool& pool) noexcept;

 private:
  static constexpr std::int64_t kChunk = 16384;
  std::vector<GradientView> chunks_;
  std::vector<double> sums_;
};

}  // namespace noyau::training
