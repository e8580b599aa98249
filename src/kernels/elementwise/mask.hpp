#pragma once

#include <cmath>
#include <cstdint>

#include "base/random.hpp"
#include "kernels/kernel.hpp"

namespace noyau::kernels {

/// Elements that share a key of the dropout mask: within a block the element's index fits 32 bits.
inline constexpr std::int64_t kMaskBlock = 16384;

/// The key of one block of one layer at one step.
inline std::uint32_t mask_key(const Args& args, const Elementwise& p, std::int64_t block) {
  return std::uint32_t(Random(args.seed, args.step, p.id, std::uint64_t(block)).next() >> 32);
}

/// A 32-bit mix with full avalanche: 24 bits of it, as a number in [0, 2^24).
inline std::int32_t mask_number(std::uint32_t key, std::uint32_t index) {
  std::uint32_t h = key ^ (index * 0x9E3779B9u);
  h = (h ^ (h >> 16)) * 0x7FEB352Du;
  h = (h ^ (h >> 15)) * 0x846CA68Bu;
  return std::int32_t((h ^ (h >> 16)) >> 8);
}

/// An element is kept when its number is at least this.
inline std::int32_t mask_threshold(const Elementwise& p) {
  return std::int32_t(std::lround(p.alpha * 0x1p24));
}

/// What the kept elements are multiplied by, so that the expected sum stays.
inline double mask_scale(const Elementwise& p) { return p.alpha < 1 ? 1 / (1 - p.alpha) : 0; }

}  // namespace noyau::kernels
