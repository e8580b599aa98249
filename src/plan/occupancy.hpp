#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace noyau::plan {

/// Which bytes of the arena are taken at which calls: a binary tree over the calls whose nodes hold
/// unions of byte ranges. Blocks lie close together, so that these are few and a question takes
/// about the logarithm of the number of calls.
class Occupancy {
 public:
  explicit Occupancy(std::int32_t calls);

  /// Takes `bytes` at `offset` during the calls first to last, both included.
  void take(std::int32_t first, std::int32_t last, std::size_t offset, std::size_t bytes);
  /// The lowest offset at which `bytes` are free during all of these calls.
  std::size_t lowest_gap(std::int32_t first, std::int32_t last, std::size_t bytes);

  /// Ranges looked at or moved so far: what tests hold against the number of blocks.
  std::int64_t work() const { return work_; }

 private:
  /// Bytes taken, as ranges in order that do not touch.
  struct Range {
    std::size_t begin, end;
  };
  using Ranges = std::vector<Range>;
  struct TreeNode {
    Ranges throughout;  ///< of blocks that cover all calls of this node, but not of its parent
    Ranges below;       ///< of all blocks noted here or further down
  };

  bool add(Ranges& ranges, Range range);
  std::size_t beyond(const Ranges& ranges, std::size_t offset, std::size_t bytes);
  template <class Visit>
  void for_each_part(std::int32_t first, std::int32_t last, Visit&& visit) const;

  std::size_t leaves_ = 1;
  std::vector<TreeNode> tree_;  ///< node i has the children 2 i and 2 i + 1; the root is 1
  std::vector<const Ranges*> asked_;
  std::int64_t work_ = 0;
};

}  // namespace noyau::plan
