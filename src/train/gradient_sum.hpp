#pragma once

#include <vector>

#include "base/thread_pool.hpp"
#include "noyau/tensor.hpp"
#include "train/gradient_norm.hpp"

namespace noyau::training {

/// Adds up the gradients of the batches of one step.
class GradientSum {
 public:
  /// `gradients` are where each batch leaves its own.
  explicit GradientSum(std::vector<GradientView> gradients);

  /// Adds what the gradients are now; the `first` of a step replaces the sums instead.
  void add(bool first, ThreadPool& pool);
  std::vector<GradientView> sums() const;

 private:
  std::vector<GradientView> gradients_;
  std::vector<Tensor> sums_;
};

}  // namespace noyau::training
