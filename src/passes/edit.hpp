#pragma once

#include <string>
#include <utility>
#include <vector>

#include "noyau/graph.hpp"
#include "passes/slots.hpp"

namespace noyau::passes {

/// A graph taken apart for rewriting. Value ids stay those of the original graph, so a node moves
/// to another slot, or takes over another's output, by plain assignment; an empty slot is a removed
/// node. Questions take no walk over the graph (see Slots). `build` puts the rest together again
/// with the names of the values kept.
struct Edit {
  explicit Edit(const Graph& graph);

  /// Adds a parameter or state, or what a node yet to be placed computes; returns its id.
  ValueId add_value(Value value);
  /// The slot of the node that computes `v`, -1 when none does.
  int producer(ValueId v) const;
  /// How many inputs of nodes and graph outputs are `v`.
  int readers(ValueId v) const;
  /// The first slot, `from` or later, whose node reads `v`; the number of slots when none does.
  int next_reader(ValueId v, int from = 0) const;

  Graph build() const;

  std::vector<Value> values;
  std::vector<bool> keep;  ///< inputs, parameters and states that stay
  Slots slots;
  std::vector<std::pair<std::string, ValueId>> outputs;

 private:
  std::vector<int> output_readers_;  ///< for each value of the original graph
};

}  // namespace noyau::passes
