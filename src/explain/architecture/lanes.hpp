#pragma once

#include <vector>

#include "explain/architecture/unit.hpp"

namespace noyau::explain {

/// Finds a lane for each unit of a block: a chain keeps the lane of its parent, branches get lanes
/// of their own, a join stays on the lane of its first input, and a concatenation lies in the
/// middle of what it reads.
class Lanes {
 public:
  /// `units` are consecutive positions in `all`; below they count from 0, and -1 is their input.
  Lanes(const std::vector<Unit>& all, const std::vector<int>& units);

  double lane(int i) const { return lanes_[slot(i)]; }
  double lanes() const { return next_; }
  int count() const { return count_; }
  const Unit& unit(int i) const { return all_[std::size_t(first_ + i)]; }
  int sources(int i) const { return int(unit(i).inputs.size()); }
  /// What unit i reads.
  int source(int i, int which) const;
  /// Whether unit i continues the lane of `from`, or branches off it.
  bool is_parent(int from, int i) const { return unit(i).op != "concat" && source(i, 0) == from; }

 private:
  static std::size_t slot(int i) { return std::size_t(i + 1); }
  bool leads_to_join(int i) const;
  void place(int i);
  void place_concat(int i);
  void settle(int i, double lane);

  const std::vector<Unit>& all_;
  int first_, count_;
  double next_ = 0;
  std::vector<double> lanes_;               // slot 0 is the input
  std::vector<std::vector<int>> children_;  // likewise
};

}  // namespace noyau::explain
