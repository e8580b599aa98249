#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/thread_pool.hpp"
#include "noyau/graph.hpp"
#include "noyau/tensor.hpp"

namespace noyau::training {

struct SgdOptions {
  double momentum = 0.9;
  bool nesterov = false;
  double weight_decay = 0.0;            ///< coupled: weight_decay * weight is added to the gradient
  bool decay_norms_and_biases = false;  ///< else only tensors of two or more axes decay
};

/// Throws Error(invalid_argument) naming the field that is out of range.
void check(const SgdOptions& options);

/// Stochastic gradient descent with PyTorch's semantics: g += decay * w; v = momentum * v + g;
/// w -= lr * (nesterov ? g + momentum * v : v). Buffers start at zero.
class Sgd {
 public:
  /// A buffer for every parameter of `graph` (none without momentum).
  Sgd(const Graph& graph, SgdOptions options);

  /// Updates one parameter in place; the same bits for any number of threads.
  void update(const std::string& name, Tensor& weight, const void* gradient, double rate,
              ThreadPool& pool);

  /// Momentum buffers by parameter; written in place by a restore.
  std::map<std::string, Tensor>& buffers() { return buffers_; }
  const std::map<std::string, Tensor>& buffers() const { return buffers_; }

 private:
  SgdOptions options_;
  std::map<std::string, Tensor> buffers_;
};

}  // namespace noyau::training
