#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "kernels/kernel.hpp"
#include "noyau/graph.hpp"
#include "noyau/numerics.hpp"
#include "plan/tuning.hpp"

namespace noyau::plan {

/// Where the bytes of an operand lie when a step runs.
struct Operand {
  enum class Place : std::uint8_t { none, arena, weight, input };
  Place place = Place::none;
  std::size_t offset = 0;  ///< arena: bytes from its start
  std::size_t bytes = 0;  ///< arena: of the storage from there on, which may be longer than a value
  ValueId value = kNoValue;  ///< the value held; for weight and input it says which tensor
};

/// Why a kernel was passed over for a node.
struct Refusal {
  std::string_view kernel;
  std::string reason;
};

/// One kernel call of a step.
struct Call {
  const kernels::Kernel* kernel = nullptr;
  kernels::Problem problem;
  bool packs = false;  ///< calls kernel->pack on input 0 into output 0, instead of kernel->run
  std::vector<Operand> inputs, outputs;
  std::size_t scratch_offset = 0, scratch_bytes = 0;
  std::int32_t node = -1;  ///< index in the graph
  std::vector<Refusal> refused;
  std::vector<double> variant_ms;  ///< why this variant; empty when nothing was measured
};

/// A block of the arena and the calls between which it holds a value, both ends included.
struct Block {
  ValueId value = kNoValue;  ///< kNoValue: scratch or packed weights
  std::string label;
  std::size_t offset = 0, bytes = 0;
  std::int32_t first = 0, last = 0;
};

/// What runs a graph: pure data. `prologue` runs once after the weights change (packing, when the
/// plan holds weights constant), `calls` at every step.
struct Plan {
  Graph graph;
  std::vector<Call> prologue, calls;
  std::vector<Block> blocks;
  std::size_t arena_bytes = 0;
  /// Where each value of the graph lies; place none for values that nothing reads.
  std::vector<Operand> values;
};

struct Options {
  /// Weights do not change between steps: pack them once (inference).
  bool constant_weights = false;
  Numerics numerics = Numerics::fast;
  Tuning tuning = {};  ///< which variants of kernels to take; those it does not name are variant 0
};

/// Throws Error(invalid_argument) where this processor cannot compute with these numerics.
void expect_supported(Numerics numerics);

/// Chooses a kernel for every node and an offset for every buffer. Throws Error(internal) when a
/// node has no kernel family, and as `expect_supported`.
Plan make_plan(const Graph& graph, const Options& options = {});

/// Whether this node, a convolution that takes over norms or a norm's gradient that takes in part
/// of a residual, is computed by the kernel that would compute it without. The node need not be in
/// the graph, its values must.
bool takes_norms(const Graph& graph, const Node& node, const Options& options = {});

/// The plan as text: order, kernel and buffers of each call, arena map, peak bytes.
std::string print(const Plan& plan);
/// For each call the kernels refused, with the reason, and the one taken.
std::string print_dispatch(const Plan& plan);

}  // namespace noyau::plan
