#pragma once

#include <string>
#include <vector>

#include "explain/architecture/unit.hpp"

namespace noyau::explain {

/// Consecutive units with one input and one output: a unit alone, or a block.
struct Block {
  std::string name;        ///< the module path, or the name of the unit
  std::vector<int> units;  ///< ascending
  int input = -1;          ///< the unit that all of them read from outside; -1 the network's input
  /// Of densely connected blocks, which hold layers that each read all before: the layers' number
  /// and the units of the first one.
  int dense_layers = 0;
};

/// A row of the column: a block, drawn once for `repeats` equal ones.
struct Stage {
  Block block;
  std::string last_name;  ///< of the last repeat
  int repeats = 1;
  int kind = -1;          ///< position in Drawing::kinds; -1 for a single unit
  bool residual = false;  ///< ends by adding its own input
};

/// One kind of block, opened up from its first occurrence.
struct BlockKind {
  Block block;
  std::vector<std::string> names;  ///< every block of this kind
};

/// What is drawn of a network.
struct Drawing {
  std::vector<Unit> units;
  std::vector<Stage> stages;
  std::vector<BlockKind> kinds;
};

/// Cuts units into blocks by module path: a path is a block when its parts do not follow each other
/// in a plain chain, or when it is a short chain around a depthwise convolution.
std::vector<Block> find_blocks(const std::vector<Unit>& units);

/// Merges equal neighbours and sorts blocks by kind: kinds differ in wiring, ops or kernels, not in
/// widths, resolutions or strides.
Drawing group_blocks(std::vector<Unit> units);

}  // namespace noyau::explain
