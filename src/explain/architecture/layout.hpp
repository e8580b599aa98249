#pragma once

#include <vector>

#include "explain/architecture/stage.hpp"

namespace noyau::explain {

/// A rectangle in units of the picture.
struct Box {
  double x = 0, y = 0, width = 0, height = 0;
  double middle() const { return x + width / 2; }
  double centre() const { return y + height / 2; }
  double right() const { return x + width; }
  double bottom() const { return y + height; }
};

/// How an edge runs from its source to its target.
enum class Route : std::uint8_t {
  down,  ///< into the top of the target
  side,  ///< down its own lane, then into the right side
  skip   ///< around the left of everything between
};

struct PlacedEdge {
  int from = -1, to = 0;  ///< positions in BlockLayout::boxes; -1 is the input port
  Route route = Route::down;
  int skip = 0;  ///< counts the skips, which run beside each other
};

/// A block as a layered drawing: inputs above, parallel branches side by side, joins below.
struct BlockLayout {
  std::vector<int> units;  ///< of each box
  std::vector<Box> boxes;
  std::vector<PlacedEdge> edges;
  Box port;         ///< where the input comes in
  double left = 0;  ///< of the leftmost box; skips run left of it
  double width = 0, height = 0;
};

/// Lays out `units` (consecutive, the last one is the output) from (0, 0) on.
BlockLayout lay_out(const std::vector<Unit>& all, const std::vector<int>& units);

inline constexpr double kSkipGap = 16;  ///< between skips, and between a skip and the boxes

}  // namespace noyau::explain
