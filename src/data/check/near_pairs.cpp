#include "data/check/near_pairs.hpp"

#include <bit>
#include <vector>

namespace noyau::data {
namespace {

constexpr int kParts = 4, kBits = 16;
constexpr std::size_t kBuckets = std::size_t(1) << kBits;

std::uint32_t part_of(std::uint64_t hash, int part) {
  return std::uint32_t(hash >> (part * kBits)) & (kBuckets - 1);
}

/// All hashes with their positions, sorted by one of their parts.
struct Buckets {
  struct Member {
    std::uint64_t hash;
    std::uint32_t position;
  };
  std::vector<std::uint32_t> begin = std::vector<std::uint32_t>(kBuckets + 1);
  std::vector<Member> members;

  Buckets(std::span<const std::uint64_t> hashes, int part) : members(hashes.size()) {
    for (const std::uint64_t hash : hashes) ++begin[part_of(hash, part) + 1];
    for (std::size_t b = 0; b < kBuckets; ++b) begin[b + 1] += begin[b];
    std::vector<std::uint32_t> next(begin.begin(), begin.end() - 1);
    for (std::size_t i = 0; i < hashes.size(); ++i)
      members[next[part_of(hashes[i], part)]++] = {hashes[i], std::uint32_t(i)};
  }
  std::span<const Member> bucket(std::uint32_t key) const {
    return std::span(members).subspan(begin[key], begin[key + 1] - begin[key]);
  }
};

/// All 16-bit numbers with at most `bits` ones.
std::vector<std::uint32_t> masks_of(int bits) {
  std::vector<std::uint32_t> masks;
  for (std::uint32_t mask = 0; mask < kBuckets; ++mask)
    if (std::popcount(mask) <= bits) masks.push_back(mask);
  return masks;
}

/// Whether a part before this one finds the pair too.
bool found_before(std::uint64_t difference, int part, int bits) {
  for (int p = 0; p < part; ++p)
    if (std::popcount(part_of(difference, p)) <= bits) return true;
  return false;
}

}  // namespace

void for_near_pairs(std::span<const std::uint64_t> queries, std::span<const std::uint64_t> hashes,
                    int radius, const std::function<void(std::size_t, std::size_t)>& visit) {
  const int bits = radius / kParts;
  const std::vector<std::uint32_t> masks = masks_of(bits);
  for (int part = 0; part < kParts; ++part) {
    const Buckets buckets(hashes, part);
    for (std::size_t i = 0; i < queries.size(); ++i) {
      for (const std::uint32_t mask : masks) {
        for (const auto& [hash, j] : buckets.bucket(part_of(queries[i], part) ^ mask)) {
          const std::uint64_t difference = queries[i] ^ hash;
          if (std::popcount(difference) <= radius && !found_before(difference, part, bits))
            visit(i, j);
        }
      }
    }
  }
}

}  // namespace noyau::data
