#include "kernels/conv/int8/tile.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "kernels/conv/int8/int8.hpp"
#include "kernels/simd.hpp"
// The macros above come before Highway, whose release 1.0.3 has no products of bytes itself.
#include <hwy/base.h>

namespace noyau::kernels::int8 {

// Not min() and max(): a NaN stays a NaN.
Range joined(const Range& a, const Range& b) {
  if (std::isnan(a.least) || std::isnan(b.least)) {
    constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
    return {kNaN, kNaN};
  }
  return {std::min(a.least, b.least), std::max(a.largest, b.largest)};
}

Scale scale_of(const Range& range) {
  const float scale = (range.largest - range.least) / 255;
  if (scale == 0) return {};
  if (!std::isfinite(scale)) return {scale, 0};
  return {scale, std::int32_t(std::nearbyint(-range.least / scale))};
}

}  // namespace noyau::kernels::int8

#if HWY_ARCH_X86
#include "kernels/conv/avx512-inl.hpp"

namespace noyau::kernels {

bool has_int8() {
  static const bool found = __builtin_cpu_supports("avx512vnni") != 0;
  return found && target() == "AVX3";  // tests choose other instruction sets
}

namespace int8 {

HWY_PUSH_ATTRIBUTES("avx512f,avx512vl,avx512dq,avx512bw,avx512vnni")

using avx512::activated;
using avx512::first_lanes;
using avx512::load_or_zero;

namespace {

__m512i four_bytes(const std::uint8_t* from) {
  std::int32_t quad;
  __builtin_memcpy(&quad, from, sizeof quad);
  return _mm512_set1_epi32(quad);
}

template <int MR, int NV>
struct Rows {
  static void run(const Tile& t) {
    __m512i sum[MR][NV];
#pragma GCC unroll 14
    for (int m = 0; m < MR; ++m)
#pragma GCC unroll 2
      for (int v = 0; v < NV; ++v) {
        sum[m][v] = _mm512_setzero_si512();
        _mm_prefetch(reinterpret_cast<const char*>(t.y + m * t.y_row + v * kLanes), _MM_HINT_T0);
      }
    const std::int8_t* b = t.b;
    const std::int64_t row = t.a_row;
    for (std::int64_t e = 0; e < t.entries; ++e) {
      // Rows in groups of three: base, base + row, base + 2 * row are single addresses.
      const std::uint8_t* a[(MR + 2) / 3];
#pragma GCC unroll 5
      for (int g = 0; g < (MR + 2) / 3; ++g) a[g] = t.a + t.entry[e] + 3 * g * row;
      for (std::int64_t k = 0; k < t.quads * kQuad; k += kQuad, b += NV * kLanes * kQuad) {
        __m512i bv[NV];
#pragma GCC unroll 2
        for (int v = 0; v < NV; ++v) bv[v] = _mm512_loadu_si512(b + v * kLanes * kQuad);
#pragma GCC unroll 14
        for (int m = 0; m < MR; ++m) {
          const __m512i av = four_bytes(a[m / 3] + (m % 3) * row + k);
#pragma GCC unroll 2
          for (int v = 0; v < NV; ++v) sum[m][v] = _mm512_dpbusd_epi32(sum[m][v], av, bv[v]);
        }
      }
    }
#pragma GCC unroll 2
    for (int v = 0; v < NV; ++v) finish(t, v, sum);
  }

  static void finish(const Tile& t, int v, const __m512i (&sum)[MR][NV]) {
    const std::int64_t column = v * kLanes;
    const __mmask16 lanes = first_lanes(t.columns - column);
    const __m512i sums = _mm512_maskz_loadu_epi32(lanes, t.weight_sum + column);
    const __m512 scales = load_or_zero(t.weight_scale, column, lanes);
    const __m512 bias = load_or_zero(t.bias, column, lanes);
#pragma GCC unroll 14
    for (int m = 0; m < MR; ++m) {
      const Scale& x = t.scale[m * t.scale_step];
      const __m512i centred =
          _mm512_sub_epi32(sum[m][v], _mm512_mullo_epi32(_mm512_set1_epi32(x.zero), sums));
      const __m512 scale = _mm512_mul_ps(_mm512_set1_ps(x.scale), scales);
      __m512 y = _mm512_fmadd_ps(_mm512_cvtepi32_ps(centred), scale, bias);
      if (t.residual != nullptr)
        y = _mm512_add_ps(y, _mm512_maskz_loadu_ps(lanes, t.residual + m * t.y_row + column));
      _mm512_mask_storeu_ps(t.y + m * t.y_row + column, lanes, activated(y, t.activation));
    }
  }
};

}  // namespace

void run_tile(const Tile& tile, std::int64_t rows, std::int64_t vectors) {
  avx512::run_instance<Rows, kMaxRows>(tile, rows, vectors);
}

Range range_of(const float* from, std::int64_t n) {
  __m512 least = _mm512_setzero_ps(), largest = least;
  __mmask16 unordered = 0;
  for (std::int64_t i = 0; i < n; i += kLanes) {
    const __m512 v = _mm512_maskz_loadu_ps(first_lanes(n - i), from + i);
    least = _mm512_min_ps(least, v);
    largest = _mm512_max_ps(largest, v);
    unordered |= _mm512_cmp_ps_mask(v, v, _CMP_UNORD_Q);
  }
  if (unordered != 0) {
    constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
    return {kNaN, kNaN};
  }
  return {_mm512_reduce_min_ps(least), _mm512_reduce_max_ps(largest)};
}

void quantise(const float* from, std::int64_t n, const Scale& scale, std::uint8_t* to) {
  const __m512 inverse = _mm512_set1_ps(1 / scale.scale);
  const __m512i zero = _mm512_set1_epi32(scale.zero), none = _mm512_setzero_si512();
  for (std::int64_t i = 0; i < n; i += kLanes) {
    const __mmask16 lanes = first_lanes(n - i);
    const __m512i q =
        _mm512_cvtps_epi32(_mm512_mul_ps(_mm512_maskz_loadu_ps(lanes, from + i), inverse));
    _mm512_mask_cvtusepi32_storeu_epi8(to + i, lanes,
                                       _mm512_max_epi32(_mm512_add_epi32(q, zero), none));
  }
}

void quantise_signed(const float* from, std::int64_t n, float factor, std::int8_t* to) {
  const __m512i most = _mm512_set1_epi32(127), least = _mm512_set1_epi32(-127);
  for (std::int64_t i = 0; i < n; i += kLanes) {
    const __mmask16 lanes = first_lanes(n - i);
    const __m512 v = _mm512_mul_ps(_mm512_maskz_loadu_ps(lanes, from + i), _mm512_set1_ps(factor));
    const __m512i q = _mm512_max_epi32(_mm512_min_epi32(_mm512_cvtps_epi32(v), most), least);
    _mm512_mask_cvtepi32_storeu_epi8(to + i, lanes, q);
  }
}

HWY_POP_ATTRIBUTES

}  // namespace int8
}  // namespace noyau::kernels

#else

// Never called: every problem is refused.
namespace noyau::kernels {
bool has_int8() { return false; }
namespace int8 {
void run_tile(const Tile&, std::int64_t, std::int64_t) {}
Range range_of(const float*, std::int64_t) { return {}; }
void quantise(const float*, std::int64_t, const Scale&, std::uint8_t*) {}
void quantise_signed(const float*, std::int64_t, float, std::int8_t*) {}
}  // namespace int8
}  // namespace noyau::kernels

#endif
