#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/thread_pool.hpp"
#include "noyau/graph.hpp"
#include "noyau/tensor.hpp"

namespace noyau::runtime {

/// The parameters and states of a network by name, in the order of the graph they came from.
/// Several sessions (training, evaluation) may run on the same weights.
class Weights {
 public:
  Weights() = default;
  /// Every parameter and state of `graph`, drawn by its Init from `seed` and its own name.
  /// The numbers do not depend on the threads of `pool`; without one, a single thread draws them.
  Weights(const Graph& graph, std::uint64_t seed, ThreadPool& pool);
  Weights(const Graph& graph, std::uint64_t seed);
  /// An empty set over `base`, which is borrowed: what it does not hold is looked up there.
  static Weights over(Weights& base);

  /// Of its own tensors, not those of a base.
  const std::vector<std::string>& names() const { return names_; }
  bool contains(std::string_view name) const;
  /// Throws Error(invalid_argument) when there is no such tensor.
  Tensor& at(std::string_view name);
  const Tensor& at(std::string_view name) const;
  /// Adds, or replaces the numbers: the storage stays in place when the shape does.
  void set(const std::string& name, Tensor tensor);

 private:
  std::vector<std::string> names_;
  std::map<std::string, Tensor, std::less<>> tensors_;
  Weights* base_ = nullptr;
};

}  // namespace noyau::runtime
