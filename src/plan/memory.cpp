#include "plan/memory.hpp"

#include <algorithm>
#include <numeric>

#include "plan/occupancy.hpp"

namespace noyau::plan {
namespace {

constexpr std::size_t kAlignment = 64;

std::int32_t count_calls(const std::vector<Block>& blocks) {
  std::int32_t calls = 0;
  for (const Block& block : blocks) calls = std::max(calls, block.last + 1);
  return calls;
}

}  // namespace

std::size_t place_blocks(std::vector<Block>& blocks) {
  std::vector<std::size_t> order(blocks.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return blocks[a].bytes > blocks[b].bytes; });
  Occupancy occupancy(count_calls(blocks));
  std::size_t arena = 0;
  for (const std::size_t i : order) {
    Block& block = blocks[i];
    block.bytes = (block.bytes + kAlignment - 1) / kAlignment * kAlignment;
    block.offset = occupancy.lowest_gap(block.first, block.last, block.bytes);
    occupancy.take(block.first, block.last, block.offset, block.bytes);
    arena = std::max(arena, block.offset + block.bytes);
  }
  return arena;
}

}  // namespace noyau::plan
