#include "kernels/conv/bf16/tile.hpp"

#include "kernels/conv/bf16/bf16.hpp"
#include "kernels/simd.hpp"
// The macros above come before Highway, whose release 1.0.3 has no products of bfloat16 itself.
#include <hwy/base.h>

#if HWY_ARCH_X86
#include "kernels/conv/avx512-inl.hpp"

namespace noyau::kernels {

bool has_bf16() {
  static const bool found = __builtin_cpu_supports("avx512bf16") != 0;
  return found && target() == "AVX3";  // tests choose other instruction sets
}

namespace bf16 {

HWY_PUSH_ATTRIBUTES("avx512f,avx512vl,avx512dq,avx512bw,avx512bf16")

using avx512::activated;
using avx512::first_lanes;
using avx512::load_or_zero;

namespace {

__m512bh load(const Pair* from) { return __m512bh(_mm512_loadu_si512(from)); }
__m512bh broadcast(Pair pair) { return __m512bh(_mm512_set1_epi32(int(pair))); }

// Lane i: (first[i], second[i]).
__m512i paired(__m512 first, __m512 second) {
  alignas(64) static constexpr std::array<std::int16_t, 32> kOrder = {
      0, 16, 1, 17, 2,  18, 3,  19, 4,  20, 5,  21, 6,  22, 7,  23,
      8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31};
  return _mm512_permutexvar_epi16(_mm512_load_si512(kOrder.data()),
                                  __m512i(_mm512_cvtne2ps_pbh(second, first)));
}

template <int MR, int NV>
struct Rows {
  static void run(const RowTile& t) {
    __m512 sum[MR][NV];
    __mmask16 mask[NV];
    for (int v = 0; v < NV; ++v) mask[v] = first_lanes(t.columns - v * kLanes);
#pragma GCC unroll 14
    for (int m = 0; m < MR; ++m)
#pragma GCC unroll 2
      for (int v = 0; v < NV; ++v) {
        sum[m][v] = load_or_zero(t.start, m * t.c_row + v * kLanes, mask[v]);
        _mm_prefetch(reinterpret_cast<const char*>(t.c + m * t.c_row + v * kLanes), _MM_HINT_T0);
      }
    const Pair* b = t.b;
    const float* ahead = t.ahead;
    const std::int64_t row = t.a_row;
    for (std::int64_t e = 0; e < t.entries; ++e) {
      // Rows in groups of three: base, base + row, base + 2 * row are single addresses.
      const Pair* a[(MR + 2) / 3];
#pragma GCC unroll 5
      for (int g = 0; g < (MR + 2) / 3; ++g) a[g] = t.a + t.entry[e] + 3 * g * row;
      for (std::int64_t k = 0; k < t.pairs; ++k, b += NV * kLanes, ahead += t.ahead_step) {
        __m512bh bv[NV];
#pragma GCC unroll 2
        for (int v = 0; v < NV; ++v) bv[v] = load(b + v * kLanes);
        _mm_prefetch(reinterpret_cast<const char*>(ahead), _MM_HINT_T0);
#pragma GCC unroll 14
        for (int m = 0; m < MR; ++m) {
          const __m512bh av = broadcast(a[m / 3][(m % 3) * row + k]);
#pragma GCC unroll 2
          for (int v = 0; v < NV; ++v) sum[m][v] = _mm512_dpbf16_ps(sum[m][v], av, bv[v]);
        }
      }
    }
#pragma GCC unroll 2
    for (int v = 0; v < NV; ++v) {
      const __m512 bias = load_or_zero(t.bias, v * kLanes, mask[v]);
#pragma GCC unroll 14
      for (int m = 0; m < MR; ++m)
        _mm512_mask_storeu_ps(t.c + m * t.c_row + v * kLanes, mask[v],
                              activated(_mm512_add_ps(sum[m][v], bias), t.activation));
    }
  }
};

void fetch(const float* from) { _mm_prefetch(reinterpret_cast<const char*>(from), _MM_HINT_T0); }

// Vector v of a pair of pixels of dy, of which the second may be missing.
__m512i pair_of_pixels(const PixelTile& t, const float* dy, bool second, std::int64_t v) {
  constexpr std::int64_t kAhead = 24;  // pixels: caches do not foresee their strides
  const __mmask16 lanes = first_lanes(t.columns - v * kLanes);
  const float* from = dy + v * kLanes;
  fetch(from + kAhead * t.dy_step);
  fetch(from + (kAhead + 1) * t.dy_step);
  return paired(_mm512_maskz_loadu_ps(lanes, from),
                _mm512_maskz_loadu_ps(second ? lanes : 0, from + t.dy_step));
}

template <int MR, int NV>
struct Pixels {
  static void run(const PixelTile& t) {
    __m512 sum[MR][NV];
#pragma GCC unroll 14
    for (int m = 0; m < MR; ++m)
#pragma GCC unroll 2
      for (int v = 0; v < NV; ++v) {
        const float* c = t.c + (m * NV + v) * kLanes;
        sum[m][v] = t.accumulate ? _mm512_loadu_ps(c) : _mm512_setzero_ps();
        fetch(c + MR * NV * kLanes);  // the next tile's sums follow these
      }
    Pair* b = t.b;
    for (std::int64_t image = 0, line = 0; image < t.images; ++image)
      for (std::int64_t e = 0; e < t.entries; ++e, ++line) {
        const Pair* a = t.a + image * t.a_image + e * t.a_entry;
        const float* ahead = t.ahead + line * t.ahead_entry;
        const float* dy = t.dy == nullptr ? nullptr : t.dy + image * t.dy_image + e * t.dy_entry;
        for (std::int64_t k = 0; k < t.pixels; k += 2, a += t.a_step, b += NV * kLanes) {
          __m512bh bv[NV];
          if (dy != nullptr) [[unlikely]] {
#pragma GCC unroll 2
            for (int v = 0; v < NV; ++v) {
              const __m512i pair = pair_of_pixels(t, dy + k * t.dy_step, k + 1 < t.pixels, v);
              _mm512_store_si512(b + v * kLanes, pair);
              bv[v] = __m512bh(pair);
            }
          } else {
#pragma GCC unroll 2
            for (int v = 0; v < NV; ++v) bv[v] = load(b + v * kLanes);
          }
          fetch(ahead);
          fetch(ahead + t.ahead_step);
          ahead += 2 * t.ahead_step;
#pragma GCC unroll 14
          for (int m = 0; m < MR; ++m) {
            const __m512bh av = broadcast(a[m]);
#pragma GCC unroll 2
            for (int v = 0; v < NV; ++v) sum[m][v] = _mm512_dpbf16_ps(sum[m][v], av, bv[v]);
          }
        }
      }
#pragma GCC unroll 14
    for (int m = 0; m < MR; ++m)
#pragma GCC unroll 2
      for (int v = 0; v < NV; ++v) _mm512_storeu_ps(t.c + (m * NV + v) * kLanes, sum[m][v]);
  }
};

}  // namespace

void row_tile(const RowTile& tile, std::int64_t rows, std::int64_t vectors) {
  avx512::run_instance<Rows, kMaxRows>(tile, rows, vectors);
}
void pixel_tile(const PixelTile& tile, std::int64_t rows, std::int64_t vectors) {
  avx512::run_instance<Pixels, kMaxRows>(tile, rows, vectors);
}

void round_pairs(const float* from, std::int64_t n, Pair* to) {
  for (std::int64_t i = 0; i < n; i += 2 * kLanes) {
    const __m512 low = _mm512_maskz_loadu_ps(first_lanes(n - i), from + i);
    const __m512 high = _mm512_maskz_loadu_ps(first_lanes(n - i - kLanes), from + i + kLanes);
    _mm512_mask_storeu_epi32(to + i / 2, first_lanes((n - i + 1) / 2),
                             __m512i(_mm512_cvtne2ps_pbh(high, low)));
  }
}

void pair_rows(const float* first, const float* second, std::int64_t n, Pair* to) {
  for (std::int64_t i = 0; i < n; i += kLanes) {
    const __mmask16 lanes = first_lanes(n - i);
    _mm512_mask_storeu_epi32(to + i, lanes,
                             paired(load_or_zero(first, i, lanes), load_or_zero(second, i, lanes)));
  }
}

void pair_tiles(const float* first, const float* second, const TiledPanel& panel,
                std::int64_t pixel) {
  const std::int64_t base = panel.channels / panel.tiles, longer = panel.channels % panel.tiles;
  Pair* to = panel.pairs + pixel * kLanes;
  for (std::int64_t t = 0, i = 0; t < panel.tiles; ++t, to += panel.pixels * kLanes) {
    const std::int64_t width = base + (t < longer ? 1 : 0);
    const __mmask16 lanes = first_lanes(width);
    _mm512_store_si512(to, paired(load_or_zero(first, i, lanes), load_or_zero(second, i, lanes)));
    i += width;
  }
}

HWY_POP_ATTRIBUTES

}  // namespace bf16
}  // namespace noyau::kernels

#else

// Never called: every problem is refused.
namespace noyau::kernels {
bool has_bf16() { return false; }
namespace bf16 {
void row_tile(const RowTile&, std::int64_t, std::int64_t) {}
void pixel_tile(const PixelTile&, std::int64_t, std::int64_t) {}
void round_pairs(const float*, std::int64_t, Pair*) {}
void pair_rows(const float*, const float*, std::int64_t, Pair*) {}
void pair_tiles(const float*, const float*, const TiledPanel&, std::int64_t) {}
}  // namespace bf16
}  // namespace noyau::kernels

#endif
