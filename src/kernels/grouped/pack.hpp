#pragma once

#include "kernels/chunks.hpp"
#include "kernels/grouped/grouped.hpp"

namespace noyau::kernels {

/// Of the weights as `pack_grouped_blocks` leaves them.
inline std::size_t grouped_packed_bytes(const Problem& problem) {
  const Conv& p = std::get<Conv>(problem);
  const std::int64_t group = p.in_channels / p.groups;
  return std::size_t(round_up(p.out_channels, kBlock) * group * 9) * sizeof(float);
}

/// [blocks][channel of its group][tap][kBlock]; `from` finds the weight of a channel's i-th
/// partner.
template <class From>
void pack_grouped_blocks(const Conv& p, void* packed, From&& from) {
  float* to = static_cast<float*>(packed);
  for (std::int64_t c = 0; c < p.out_channels; c += kBlock) {
    const std::int64_t first = std::min(c, p.out_channels - kBlock);
    for (std::int64_t i = 0; i < p.in_channels / p.groups; ++i) {
      for (std::int64_t t = 0; t < 9; ++t) {
        for (std::int64_t k = 0; k < kBlock; ++k) *to++ = from(first + k, i, t);
      }
    }
  }
}

}  // namespace noyau::kernels
