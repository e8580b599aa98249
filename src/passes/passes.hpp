#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "noyau/graph.hpp"
#include "noyau/memory.hpp"
#include "noyau/tensor.hpp"

/// Functions from graph to graph. None changes its argument.
namespace noyau::passes {

/// The graph with its gradients as ordinary nodes: for each value named in `wrt` (all parameters
/// when empty; inputs and results may be named too) an output "grad:<name>" of the value's type.
///
/// `output` is the graph output to differentiate. Its cotangent is 1 everywhere, or the graph input
/// named `cotangent`, which is added with the type of the output.
/// Throws Error(invalid_argument) when there is no such output, value or path between them, and
/// Error(unsupported) when the path crosses an op without a gradient.
Graph autodiff(const Graph& graph, std::string_view output = "loss",
               const std::vector<std::string>& wrt = {}, std::string_view cotangent = {});

/// Merges nodes that read each other's output into one: batch_norm, conv, conv_grad_input or mul by
/// a scale + add; batch_norm, conv or linear + relu or relu6; mul by a scale + relu; relu_grad +
/// batch_norm_grad or mul_grad_scale; and mul + add of the gradient of a mean. Works on forward and
/// training graphs. A value that something else reads, or that is a graph output, is never merged
/// away.
Graph fuse(const Graph& graph);

/// Cuts each training batch_norm into batch_norm_statistics and batch_norm_apply: same bits.
Graph split_norms(const Graph& graph);

/// After `split_norms`: what is known of the first part of a concatenation (of two) is not computed
/// again for the whole, as in the blocks of DenseNet.
Graph join_statistics(const Graph& graph);

/// Whether a node that takes over norms, not in the graph yet, is computed by the kernel that would
/// compute it without them.
using TakesNorms = std::function<bool(const Graph&, const Node&)>;

/// After `fuse` and `split_norms`: hands norms to the convolutions around them where these take
/// them, so that tensors are not read and written once more for the norms alone. conv takes the
/// batch_norm_statistics of what it computes and the batch_norm_apply that computes its x, as does
/// the gradient of its weights; conv_grad_input takes the first half of the batch_norm_grad that
/// reads it, whose second half stays as batch_norm_grad_input and takes the sum that follows it.
Graph carry_norms(const Graph& graph, const TakesNorms& takes);

/// For training graphs, to keep less until the backward pass: what is cheap to compute from values
/// that are kept anyway is computed again just ahead of the gradients that read it. `normal` does
/// so with batch_norm_apply without residual, `low` with whatever memory limits. Same bits. Run it
/// last.
Graph recompute(const Graph& graph, Memory memory = Memory::normal);

/// Removes nodes whose outputs nothing needs. Nodes that update states, and all inputs, parameters
/// and states stay.
Graph dce(const Graph& graph);

/// The graph without all that no output needs, parameters and states among it.
Graph live_part(const Graph& graph);

/// A network in two parts: what comes before a value, and what goes on from it.
struct Halves {
  Graph front;  ///< computes the value as its output "features"
  Graph back;   ///< begins with the value as its input "x", and has the outputs of the whole
};

/// Cuts a graph at the result of that name. Each half holds the parameters and states that it
/// needs, with their names. Throws Error(invalid_argument) when there is no such result, or when
/// what comes behind it reads the input "x" past it.
Halves cut(const Graph& graph, std::string_view value);

/// How fold_batch_norm reads the tensors of parameters and states, and hands out new ones.
struct WeightAccess {
  std::function<const Tensor&(std::string_view name)> read;
  std::function<void(const std::string& name, Tensor tensor)> write;
};

/// For inference: replaces each batch_norm that alone reads a conv or linear by a changed weight
/// and bias, named "<weight>+<batch_norm>" and written through `weights`. Run it ahead of `fuse`.
Graph fold_batch_norm(const Graph& graph, const WeightAccess& weights);

}  // namespace noyau::passes
