#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/conv/int8/tile.hpp"

/// Weights as integers: [panel][tap][quad][column][4], then the scale of each column, then the sum
/// of its integers. Columns are filled up to whole vectors, channels to whole quads, with zeros.
namespace noyau::kernels::int8 {

struct PackedWeights {
  PackedWeights(const Conv& conv, std::byte* memory);

  std::int64_t columns, taps, quads;
  std::int8_t* integers;
  float* scales;
  std::int32_t* sums;

  /// Columns of a panel, filled up.
  std::int64_t width(std::int64_t panel) const;
  std::int8_t* panel(std::int64_t p) const { return integers + p * kPanel * taps * quads * kQuad; }
};

std::size_t packed_weight_bytes(const Conv& conv);

void pack(const Conv& conv, const float* weight, const PackedWeights& to, ThreadPool& pool);

}  // namespace noyau::kernels::int8
