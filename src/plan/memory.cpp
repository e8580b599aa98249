#include "plan/memory.hpp"

#include <algorithm>
#include <numeric>

namespace noyau::plan {
namespace {

constexpr std::size_t kAlignment = 64;

bool overlap(const Block& a, const Block& b) { return a.first <= b.last && b.first <= a.last; }

std::size_t lowest_gap(const Block& block, const std::vector<const Block*>& placed) {
  std::size_t offset = 0;
  for (const Block* other : placed) {  // by offset
    if (!overlap(block, *other)) continue;
    if (offset + block.bytes <= other->offset) break;
    offset = std::max(offset, other->offset + other->bytes);
  }
  return offset;
}

}  // namespace

std::size_t place_blocks(std::vector<Block>& blocks) {
  std::vector<std::size_t> order(blocks.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return blocks[a].bytes > blocks[b].bytes; });
  std::vector<const Block*> placed;
  std::size_t arena = 0;
  for (const std::size_t i : order) {
    Block& block = blocks[i];
    block.bytes = (block.bytes + kAlignment - 1) / kAlignment * kAlignment;
    block.offset = lowest_gap(block, placed);
    arena = std::max(arena, block.offset + block.bytes);
    const auto later =
        std::upper_bound(placed.begin(), placed.end(), &block,
                         [](const Block* a, const Block* b) { return a->offset < b->offset; });
    placed.insert(later, &block);
  }
  return arena;
}

}  // namespace noyau::plan
