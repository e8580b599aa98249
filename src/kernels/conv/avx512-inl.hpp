#pragma once

// What the loops that hold intrinsics of AVX-512 share (bf16/tile.cpp, int8/tile.cpp). Included
// behind kernels/simd.hpp and hwy/base.h, on x86 alone.

#include <immintrin.h>

#include <array>
#include <cstdint>
#include <utility>

#include "kernels/kernel.hpp"

namespace noyau::kernels::avx512 {

HWY_PUSH_ATTRIBUTES("avx512f,avx512vl,avx512dq,avx512bw")

inline constexpr std::int64_t kLanes = 16;

inline __mmask16 first_lanes(std::int64_t n) {
  return __mmask16(n >= kLanes ? 0xFFFF : n <= 0 ? 0 : (1 << n) - 1);
}

inline __m512 load_or_zero(const float* from, std::int64_t i, __mmask16 lanes) {
  return from == nullptr ? _mm512_setzero_ps() : _mm512_maskz_loadu_ps(lanes, from + i);
}

// Not min() and max(): a NaN stays a NaN.
inline __m512 activated(__m512 v, Activation activation) {
  if (activation == Activation::none) return v;
  const __m512 zero = _mm512_setzero_ps(), six = _mm512_set1_ps(6);
  v = _mm512_mask_mov_ps(v, _mm512_cmp_ps_mask(v, zero, _CMP_LT_OQ), zero);
  if (activation == Activation::relu) return v;
  return _mm512_mask_mov_ps(v, _mm512_cmp_ps_mask(six, v, _CMP_LT_OQ), six);
}

HWY_POP_ATTRIBUTES

// The instances of each height.
template <template <int, int> class Instance, class Tile, int NV, int... M>
constexpr std::array<void (*)(const Tile&), sizeof...(M)> heights(
    std::integer_sequence<int, M...>) {
  return {Instance<M + 1, NV>::run...};
}

/// Runs the instance for a tile of so many rows, of at most kMaxRows, and one or two vectors.
template <template <int, int> class Instance, int kMaxRows, class Tile>
void run_instance(const Tile& tile, std::int64_t rows, std::int64_t vectors) {
  static constexpr std::make_integer_sequence<int, kMaxRows> kRows{};
  static constexpr std::array kTiles = {heights<Instance, Tile, 1>(kRows),
                                        heights<Instance, Tile, 2>(kRows)};
  kTiles[std::size_t(vectors - 1)][std::size_t(rows - 1)](tile);
}

}  // namespace noyau::kernels::avx512
