#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "base/thread_pool.hpp"
#include "noyau/tensor.hpp"
#include "runtime/weights.hpp"

namespace noyau::training {

/// Exponential moving averages of all weights and running statistics (Polyak and Juditsky 1992):
/// they often predict better than the weights of any single step.
class Ema {
 public:
  /// Starts at the weights as they are. Throws Error(invalid_argument) unless 0 < decay < 1.
  Ema(const runtime::Weights& weights, double decay);

  /// After update number `step`, from 0: average = d * average + (1 - d) * weight, where d is the
  /// decay, or (1 + step) / (10 + step) while that is less, so that the first weights, which are
  /// random, are soon forgotten. The same bits for any number of threads.
  void update(const runtime::Weights& weights, std::int64_t step, ThreadPool& pool);

  /// Exchanges averages and weights in place; again, and everything is as before.
  void swap(runtime::Weights& weights);

  /// The averages by name; written in place by a restore.
  std::map<std::string, Tensor>& averages() { return averages_; }
  const std::map<std::string, Tensor>& averages() const { return averages_; }

 private:
  double decay_;
  std::map<std::string, Tensor> averages_;
};

/// Exchanges averages and weights while it lives: what is evaluated then are the averages.
class EmaScope {
 public:
  EmaScope(Ema* ema, runtime::Weights& weights) : ema_(ema), weights_(weights) {
    if (ema_ != nullptr) ema_->swap(weights_);
  }
  ~EmaScope() {
    if (ema_ != nullptr) ema_->swap(weights_);
  }
  EmaScope(const EmaScope&) = delete;
  EmaScope& operator=(const EmaScope&) = delete;

 private:
  Ema* ema_;
  runtime::Weights& weights_;
};

}  // namespace noyau::training
