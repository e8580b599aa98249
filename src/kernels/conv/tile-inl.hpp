// The micro-kernels of the convolution passes, compiled once per instruction set: batch-reduce
// matrix products C[MR x NR] (+)= sum over entries e, over k: A_e[m, k] * B_e[k, n], with the whole
// of C in registers, A broadcast and B read as vectors.

#if defined(NOYAU_KERNELS_CONV_TILE_INL_HPP_) == defined(HWY_TARGET_TOGGLE)
#ifdef NOYAU_KERNELS_CONV_TILE_INL_HPP_
#undef NOYAU_KERNELS_CONV_TILE_INL_HPP_
#else
#define NOYAU_KERNELS_CONV_TILE_INL_HPP_
#endif

#include <hwy/cache_control.h>
#include <hwy/highway.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <utility>

#include "kernels/activated-inl.hpp"
#include "kernels/chunks.hpp"

HWY_BEFORE_NAMESPACE();
namespace noyau::kernels {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using D = hn::CappedTag<float, 16>;
using V = hn::Vec<D>;
inline std::int64_t lanes() { return std::int64_t(hn::Lanes(D())); }

// Columns of a tile in vectors, and the most rows for each such width: accumulators plus a row of B
// plus one broadcast have to fit the registers.
#if HWY_TARGET == HWY_AVX3
inline constexpr int kVectors = 2;
inline constexpr std::array<int, 3> kMaxRows = {0, 14, 14};
#elif HWY_TARGET == HWY_AVX2
inline constexpr int kVectors = 2;
inline constexpr std::array<int, 3> kMaxRows = {0, 12, 6};
#elif HWY_TARGET == HWY_NEON
inline constexpr int kVectors = 4;
inline constexpr std::array<int, 5> kMaxRows = {0, 12, 12, 8, 6};
#else
inline constexpr int kVectors = 2;
inline constexpr std::array<int, 3> kMaxRows = {0, 4, 4};
#endif
inline constexpr int kMostRows = kMaxRows[1];

/// What one tile computes. A_e[m, k] is a[entry[e] + m * a_row + k]; B follows itself, entry after
/// entry, k after k, `vectors` at a time.
struct RowTile {
  const float* a;
  std::int64_t a_row;
  const std::int64_t* entry;
  std::int64_t entries, depth;  ///< depth: how many k an entry has
  const float* b;
  float* c;
  std::int64_t c_row, columns;
  const float* start;  ///< what the sums start from, laid out as C; nullptr: zeros
  const float* bias;   ///< nullptr: none
  Activation activation;
  const float* ahead;       ///< what the next tiles read: fetched 16 floats per k
  std::int64_t ahead_step;  ///< 16, or 0 when there is nothing to fetch
  /// After so many k of an entry, what is fetched goes on so many floats further.
  std::int64_t ahead_run = std::numeric_limits<std::int32_t>::max(), ahead_jump = 0;
  /// What is read when the tile is done: row_tile<..., true> fetches a row per k, of the second
  /// after the first. They may be the same.
  std::array<const float*, 2> beside;
  std::array<std::int64_t, 2> beside_row;
};

/// The same with A_e[m, k] = a[e * a_entry + k * a_step + m] and B_e[k] at b[e * b_entry + k *
/// b_step], over the entries of `images` images: the gradient of the weights, where k runs over
/// pixels. C is packed, `vectors` per row.
struct PixelTile {
  const float* a;
  std::int64_t a_entry, a_step;
  std::int64_t entries, depth;
  const float* b;
  std::int64_t b_entry, b_step;
  float* c;
  bool accumulate;
  const float* ahead;  ///< what the next block reads: fetched one line per k
  std::int64_t ahead_step, ahead_entry;
  std::int64_t images = 1, a_image = 0, b_image = 0;
  /// Where to put down what is read, pixel after pixel; nullptr: nowhere. The copies cost no time,
  /// because the sums leave room for loads and stores. Rows may be written 16 floats beyond the
  /// end.
  float *a_copy = nullptr, *b_copy = nullptr;
  std::int64_t columns = 0;  ///< of b while it is copied; the others become zeros
};

template <int MR, int NV, bool kBeside = false>
HWY_NOINLINE void row_tile(const RowTile& t) {
  const D d;
  const std::int64_t n = lanes();
  V sum[MR][NV];
  const std::int64_t whole = t.columns / n;
  const auto tail = hn::FirstN(d, std::size_t(t.columns - whole * n));
  HWY_UNROLL(16)
  for (int m = 0; m < MR; ++m) HWY_UNROLL(4)
  for (int v = 0; v < NV; ++v) sum[m][v] = hn::Zero(d);
  if (t.start != nullptr) {
    HWY_UNROLL(16)
    for (int m = 0; m < MR; ++m) HWY_UNROLL(4)
    for (int v = 0; v < NV; ++v) {
      const float* c = t.start + m * t.c_row + v * n;
      sum[m][v] = v < whole ? hn::LoadU(d, c) : hn::MaskedLoad(tail, d, c);
    }
  }
  // The lines of C travel while the sums are made.
  if (t.start != t.c) {
    HWY_UNROLL(16)
    for (int m = 0; m < MR; ++m) HWY_UNROLL(4)
    for (int v = 0; v < NV; ++v) hwy::Prefetch(t.c + m * t.c_row + v * n);
  }
  const float* beside = t.beside[0];
  std::int64_t beside_row = t.beside_row[0];
  int beside_rows = MR;
  const float* HWY_RESTRICT b = t.b;
  const float* ahead = t.ahead;
  const std::int64_t row = t.a_row;
  for (std::int64_t e = 0; e < t.entries; ++e) {
    // Rows in groups of three: base, base + row, base + 2 * row are single addresses.
    const float* HWY_RESTRICT a[(MR + 2) / 3];
    HWY_UNROLL(8)
    for (int g = 0; g < (MR + 2) / 3; ++g) a[g] = t.a + t.entry[e] + 3 * g * row;
    for (std::int64_t k = 0; k < t.depth; ahead += t.ahead_jump) {
      for (const std::int64_t end = std::min(t.depth, k + t.ahead_run); k < end; ++k) {
        V bv[NV];
        HWY_UNROLL(4)
        for (int v = 0; v < NV; ++v) bv[v] = hn::LoadU(d, b + v * n);
        b += NV * n;
        hwy::Prefetch(ahead);
        ahead += t.ahead_step;
        if constexpr (kBeside) {
          HWY_UNROLL(4)
          for (int v = 0; v < NV; ++v) hwy::Prefetch(beside + v * n);
          beside += beside_row;
          if (--beside_rows == 0) {
            beside = t.beside[1];
            beside_row = t.beside_row[1];
            beside_rows = MR;
          }
        }
        HWY_UNROLL(16)
        for (int m = 0; m < MR; ++m) {
          const V av = hn::Set(d, a[m / 3][(m % 3) * row + k]);
          HWY_UNROLL(4)
          for (int v = 0; v < NV; ++v) sum[m][v] = hn::MulAdd(av, bv[v], sum[m][v]);
        }
      }
    }
  }
  HWY_UNROLL(4)
  for (int v = 0; v < NV; ++v) {
    const bool full = v < whole;
    V bias = hn::Zero(d);
    if (t.bias != nullptr)
      bias = full ? hn::LoadU(d, t.bias + v * n) : hn::MaskedLoad(tail, d, t.bias + v * n);
    HWY_UNROLL(16)
    for (int m = 0; m < MR; ++m) {
      const V y = activated(hn::Add(sum[m][v], bias), t.activation);
      float* c = t.c + m * t.c_row + v * n;
      if (full)
        hn::StoreU(y, d, c);
      else
        hn::BlendedStore(y, tail, d, c);
    }
  }
}

// How far ahead of its use a pixel is fetched while it is copied; caches do not foresee its
// strides.
inline constexpr std::int64_t kFetchPixels = 24;

HWY_INLINE void fetch_floats(const float* from, std::int64_t floats) {
  HWY_UNROLL(4)
  for (std::int64_t i = 0; i < floats; i += 16) hwy::Prefetch(from + i);
  hwy::Prefetch(from + floats - 1);
}

// Exactly the MR floats are read.
template <int MR>
HWY_INLINE void copy_rows(const float* HWY_RESTRICT from, float* HWY_RESTRICT to) {
  const D d;
  constexpr int kLanes = int(hn::MaxLanes(D()));
  HWY_UNROLL(16)
  for (int m = 0; m < MR; m += kLanes)
    hn::StoreU(m + kLanes <= MR ? hn::LoadU(d, from + m)
                                : hn::MaskedLoad(hn::FirstN(d, std::size_t(MR - m)), d, from + m),
               d, to + m);
}

template <int MR, int NV>
HWY_NOINLINE void pixel_tile(const PixelTile& t) {
  const D d;
  const std::int64_t n = lanes();
  V sum[MR][NV];
  HWY_UNROLL(16)
  for (int m = 0; m < MR; ++m) HWY_UNROLL(4)
  for (int v = 0; v < NV; ++v)
    sum[m][v] = t.accumulate ? hn::LoadU(d, t.c + (m * NV + v) * n) : hn::Zero(d);
  // The next tile's sums follow these.
  HWY_UNROLL(16)
  for (int m = 0; m < MR; ++m) HWY_UNROLL(4)
  for (int v = 0; v < NV; ++v) hwy::Prefetch(t.c + ((MR + m) * NV + v) * n);
  const auto tail =
      hn::FirstN(d, std::size_t(std::clamp<std::int64_t>(t.columns - (NV - 1) * n, 0, n)));
  float* a_copy = t.a_copy;
  float* b_copy = t.b_copy;
  std::int64_t image = 0, entry = 0;
  for (std::int64_t e = 0; e < t.images * t.entries; ++e) {
    const float* a = t.a + image * t.a_image + entry * t.a_entry;
    const float* b = t.b + image * t.b_image + entry * t.b_entry;
    const float* ahead = t.ahead + e * t.ahead_entry;
    if (++entry == t.entries) {
      entry = 0;
      ++image;
    }
    for (std::int64_t k = 0; k < t.depth; ++k) {
      V bv[NV];
      if (HWY_UNLIKELY(b_copy != nullptr)) {
        HWY_UNROLL(4)
        for (int v = 0; v < NV; ++v) {
          bv[v] = v + 1 < NV ? hn::LoadU(d, b + v * n) : hn::MaskedLoad(tail, d, b + v * n);
          hn::StoreU(bv[v], d, b_copy + v * n);
        }
        fetch_floats(b + kFetchPixels * t.b_step, NV * n);
        b_copy += NV * n;
      } else {
        HWY_UNROLL(4)
        for (int v = 0; v < NV; ++v) bv[v] = hn::LoadU(d, b + v * n);
      }
      if (HWY_UNLIKELY(a_copy != nullptr)) {
        copy_rows<MR>(a, a_copy);
        fetch_floats(a + kFetchPixels * t.a_step, MR);
        hwy::Prefetch(a_copy + 64);
        a_copy += MR;
      }
      hwy::Prefetch(ahead);
      ahead += t.ahead_step;
      HWY_UNROLL(16)
      for (int m = 0; m < MR; ++m) {
        const V av = hn::Set(d, a[m]);
        HWY_UNROLL(4)
        for (int v = 0; v < NV; ++v) sum[m][v] = hn::MulAdd(av, bv[v], sum[m][v]);
      }
      a += t.a_step;
      b += t.b_step;
    }
  }
  HWY_UNROLL(16)
  for (int m = 0; m < MR; ++m) HWY_UNROLL(4)
  for (int v = 0; v < NV; ++v) hn::StoreU(sum[m][v], d, t.c + (m * NV + v) * n);
}

// The instances [vectors - 1][rows - 1]; widths that allow fewer rows repeat their tallest.
template <template <int, int> class Instance, class F, int NV, int... M>
constexpr std::array<F, kMostRows> tile_column(std::integer_sequence<int, M...>) {
  return {Instance<(M + 1 < kMaxRows[NV] ? M + 1 : kMaxRows[NV]), NV>::function...};
}
template <template <int, int> class Instance, class F, int... N>
constexpr std::array<std::array<F, kMostRows>, kVectors> tile_table(
    std::integer_sequence<int, N...>) {
  return {tile_column<Instance, F, N + 1>(std::make_integer_sequence<int, kMostRows>())...};
}

inline std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

}  // namespace HWY_NAMESPACE
}  // namespace noyau::kernels
HWY_AFTER_NAMESPACE();

#endif
