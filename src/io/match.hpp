#pragma once

#include <string>
#include <vector>

#include "noyau/graph.hpp"
#include "noyau/weights.hpp"

namespace noyau::io {

/// Parameters and running statistics of a graph, in its order.
std::vector<TensorInfo> expected_tensors(const Graph& graph);

/// Compares names and shapes, under the naming scheme that fits most of the network, and without
/// a first part ("module.") that all names of the file share where that fits more. A linear layer
/// may be stored as the convolution that it is over its whole input. Counters (num_batches_tracked)
/// and heads that only training uses (aux1., aux2., AuxLogits.) are no part of the network and not
/// unexpected.
WeightMatch match_weights(const std::vector<TensorInfo>& expected,
                          const std::vector<TensorInfo>& found);

/// Throws Error(shape_mismatch) at `path` with the first ten missing, mis-shaped and unexpected
/// tensors, their shapes and the nearest names of the other side; nothing when all fit.
void require_complete(const WeightMatch& match, const std::string& path,
                      const std::string& hint = {});

}  // namespace noyau::io
