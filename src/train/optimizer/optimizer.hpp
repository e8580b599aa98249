#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/thread_pool.hpp"
#include "noyau/graph.hpp"
#include "noyau/tensor.hpp"
#include "train/optimizer/options.hpp"
#include "train/optimizer/rule.hpp"

namespace noyau::training {

/// Updates parameters by one rule and keeps the rule's averages.
class Optimizer {
 public:
  /// Averages for every parameter of `graph`. Throws Error(invalid_argument) as `check`.
  Optimizer(const Graph& graph, const OptimizerOptions& options);

  /// Updates one parameter in place; the same bits for any number of threads. `gradient` has the
  /// weight's type and shape.
  void update(const std::string& name, Tensor& weight, const void* gradient, const UpdateStep& step,
              ThreadPool& pool);

  /// The averages by "slot/parameter", such as "momentum/conv1.weight"; written in place by a
  /// restore.
  std::map<std::string, Tensor>& buffers() { return buffers_; }
  const std::map<std::string, Tensor>& buffers() const { return buffers_; }

 private:
  void add_buffers(const Value& parameter);

  OptimizerOptions options_;
  const Rule& rule_;
  std::map<std::string, Tensor> buffers_;
  std::map<std::string, Slots> slots_;  ///< by parameter; they point into `buffers_`
  Scratch scratch_;
};

}  // namespace noyau::training
