#pragma once

#include <cstdint>
#include <vector>

#include "plan/bind.hpp"
#include "plan/plan.hpp"

/// Values that are written straight to where a concat would copy them.
namespace noyau::plan {

/// Where a value lies: in the storage of the value `in`, whose pixels are `width` channels apart,
/// from channel `begin` on. kNoValue: by itself, one pixel after the other.
struct Place {
  ValueId in = kNoValue;
  std::int64_t begin = 0, width = 0;
};

/// The place of each value. An input of a concat lies in its output where the node that makes it
/// and all that read it can do so with the kernels that they would take anyway; the output of a
/// concat may lie in that of another one in turn, as in a dense block, where each concat then
/// copies nothing. Where some read parts, pixels of the whole are an odd number of cache lines
/// apart, if all its readers can do that: parts of pixels whose distance is a power of two would
/// meet in a few sets of each cache. What the graph puts out lies by itself.
std::vector<Place> find_places(const Graph& graph, const Options& options);

/// Tells the problem which operands of the node lie among wider channels, and the problem of a
/// concat what is left to copy. False where an operand does that the op cannot take so.
bool widen(Binding& binding, const Graph& graph, const Node& node,
           const std::vector<Place>& places);

/// Whether all inputs of a concat lie in their places already.
bool copies_nothing(const Node& node, const std::vector<Place>& places);

}  // namespace noyau::plan
