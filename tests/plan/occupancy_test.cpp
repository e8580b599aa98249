#include "plan/occupancy.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/random.hpp"
#include "plan/memory.hpp"

namespace noyau::plan {
namespace {

// The lowest gap by a look at every block, which the tree has to find too.
std::size_t lowest_gap(const std::vector<Block>& placed, const Block& block) {
  std::vector<Block> by_offset = placed;
  std::ranges::sort(by_offset, {}, &Block::offset);
  std::size_t offset = 0;
  for (const Block& other : by_offset) {
    if (block.last < other.first || other.last < block.first) continue;
    if (offset + block.bytes <= other.offset) break;
    offset = std::max(offset, other.offset + other.bytes);
  }
  return offset;
}

Block random_block(Random& random, int calls) {
  Block block;
  block.first = std::int32_t(random.below(std::uint64_t(calls)));
  block.last = block.first + std::int32_t(random.below(std::uint64_t(calls - block.first)));
  block.bytes = 64 * std::size_t(random.below(9));
  return block;
}

TEST(Occupancy, FindsTheLowestGapOfAllBlocks) {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    Random random(seed);
    const int calls = 1 + int(random.below(50));
    Occupancy occupancy(calls);
    std::vector<Block> placed;
    for (int i = 0; i < 80; ++i) {
      Block block = random_block(random, calls);
      block.offset = occupancy.lowest_gap(block.first, block.last, block.bytes);
      ASSERT_EQ(block.offset, lowest_gap(placed, block)) << "seed " << seed << " block " << i;
      occupancy.take(block.first, block.last, block.offset, block.bytes);
      if (block.bytes > 0) placed.push_back(block);
    }
  }
}

// The blocks of a training step of so many layers: kept from forward to backward, one for a moment.
std::int64_t work_of_placing(std::int32_t layers) {
  Occupancy occupancy(2 * layers);
  const auto place = [&](std::int32_t first, std::int32_t last, std::size_t bytes) {
    occupancy.take(first, last, occupancy.lowest_gap(first, last, bytes), bytes);
  };
  for (std::int32_t i = 0; i < layers; ++i) place(i, 2 * layers - 1 - i, 256);
  for (std::int32_t call = 0; call < 2 * layers; ++call) place(call, call, 64);
  return occupancy.work();
}

TEST(Occupancy, WorkStaysFarBelowTheSquareOfTheBlocks) {
  const std::int64_t few = work_of_placing(64), many = work_of_placing(64 * 64);
  EXPECT_GT(few, 64);
  EXPECT_LT(many, 64 * few * 4);  // the square would be 64 * 64
}

TEST(Memory, BlocksThatNeverMeetShareBytes) {
  std::vector<Block> blocks(3);
  for (std::int32_t i = 0; i < 3; ++i)
    blocks[std::size_t(i)].first = blocks[std::size_t(i)].last = i;
  for (Block& block : blocks) block.bytes = 100;
  EXPECT_EQ(place_blocks(blocks), 128u);
  for (const Block& block : blocks) EXPECT_EQ(block.offset, 0u);
}

}  // namespace
}  // namespace noyau::plan
