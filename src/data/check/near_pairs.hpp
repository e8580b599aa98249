#pragma once

#include <cstdint>
#include <functional>
#include <span>

namespace noyau::data {

inline constexpr int kMostNear = 15;

/// Calls `visit(i, j)` once for each query i and hash j that differ in at most `radius` bits (0 to
/// 15), in an order that depends on their values alone.
///
/// Multi-index hashing (Norouzi, Punjani, Fleet 2012): of four 16-bit parts one differs in at most
/// radius / 4 bits, so its buckets hold all candidates.
void for_near_pairs(std::span<const std::uint64_t> queries, std::span<const std::uint64_t> hashes,
                    int radius, const std::function<void(std::size_t, std::size_t)>& visit);

}  // namespace noyau::data
