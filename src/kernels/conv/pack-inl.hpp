// Transposes weights by vectors: in memory the taps of all channels of a column follow each other,
// the products read the columns of one tap and channel side by side. Compiled per instruction set.

#if defined(NOYAU_KERNELS_CONV_PACK_INL_HPP_) == defined(HWY_TARGET_TOGGLE)
#ifdef NOYAU_KERNELS_CONV_PACK_INL_HPP_
#undef NOYAU_KERNELS_CONV_PACK_INL_HPP_
#else
#define NOYAU_KERNELS_CONV_PACK_INL_HPP_
#endif

#include <hwy/cache_control.h>
#include <hwy/highway.h>

#include <algorithm>
#include <cstdint>

#include "kernels/conv/tile-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace noyau::kernels {
namespace HWY_NAMESPACE {

/// Columns that are transposed at once, and at most so many neighbours of each.
inline constexpr std::int64_t kPackBlock = 16;

/// `floats` neighbours of each of `columns` columns, `step` floats from column to column.
struct ColumnRuns {
  const float* from;
  std::int64_t step, columns, floats;
  const float* end;    ///< of the whole tensor
  std::int64_t ahead;  ///< how far away lies what to fetch meanwhile
};

HWY_INLINE void store_packed(V v, float* to, bool past_caches) {
  if (past_caches)
    hn::Stream(v, D(), to);
  else
    hn::Store(v, D(), to);
}

#if HWY_TARGET == HWY_SCALAR
HWY_INLINE void transpose_four(const float* from, std::int64_t, V (&out)[4]) {
  for (int i = 0; i < 4; ++i) out[i] = hn::LoadU(D(), from + i);
}
#else
// Four neighbours of every fourth column, one column per 128 bits.
template <class T>
HWY_INLINE hn::Vec<T> every_fourth(T d, const float* from, std::int64_t step) {
  if constexpr (hn::MaxLanes(d) <= 4) {
    return hn::LoadU(d, from);
  } else {
    const hn::Half<T> half;
    return hn::Combine(d, every_fourth(half, from + std::int64_t(hn::MaxLanes(half)) * step, step),
                       every_fourth(half, from, step));
  }
}

/// out[i]: neighbour i of a vector of columns.
HWY_INLINE void transpose_four(const float* from, std::int64_t step, V (&out)[4]) {
  const D d;
  const V a = every_fourth(d, from, step), b = every_fourth(d, from + step, step);
  const V c = every_fourth(d, from + 2 * step, step), e = every_fourth(d, from + 3 * step, step);
  const V ac = hn::InterleaveLower(d, a, c), be = hn::InterleaveLower(d, b, e);
  out[0] = hn::InterleaveLower(d, ac, be);
  out[1] = hn::InterleaveUpper(d, ac, be);
  const V upper_ac = hn::InterleaveUpper(d, a, c), upper_be = hn::InterleaveUpper(d, b, e);
  out[2] = hn::InterleaveLower(d, upper_ac, upper_be);
  out[3] = hn::InterleaveUpper(d, upper_ac, upper_be);
}
#endif

// A block's edge, or the tensor's: what is missing becomes zeros.
inline void copy_edge(const ColumnRuns& r, const float* from, std::int64_t floats, float* edge) {
  std::fill_n(edge, kPackBlock * kPackBlock, 0.0f);
  for (std::int64_t c = 0; c < r.columns; ++c)
    std::copy_n(from + c * r.step, floats, edge + c * kPackBlock);
}

// Up to four neighbours of all columns.
template <int count, bool past_caches, class Next>
HWY_INLINE void transpose_neighbours(const float* from, std::int64_t step, std::int64_t width,
                                     Next& next) {
  constexpr auto lanes_ = std::int64_t(hn::MaxLanes(D()));
  float* to[count];
  HWY_UNROLL(4)
  for (int i = 0; i < count; ++i) to[i] = next();
  HWY_UNROLL(4)
  for (std::int64_t c = 0; c < kPackBlock; c += lanes_) {
    if (c >= width) break;
    V out[4];
    transpose_four(from + c * step, step, out);
    HWY_UNROLL(4)
    for (int i = 0; i < count; ++i) store_packed(out[i], to[i] + c, past_caches);
  }
}

/// Writes the first `width` columns of every neighbour, in order, to where next() says; columns
/// that are missing are zeros. `width` is whole vectors.
/// `past_caches`, where the result would not stay in one, wants FlushStream() when all is done.
template <bool past_caches, class Next>
HWY_INLINE void transpose_columns(const ColumnRuns& r, std::int64_t width, Next&& next) {
  HWY_ALIGN float edge[kPackBlock * kPackBlock];
  for (std::int64_t first = 0; first < r.floats; first += kPackBlock) {
    const float* from = r.from + first;
    const std::int64_t floats = std::min(kPackBlock, r.floats - first);
    std::int64_t step = r.step;
    for (std::int64_t c = 0; c < r.columns; ++c) hwy::Prefetch(from + c * step + r.ahead);
    if (r.columns < kPackBlock || from + (kPackBlock - 1) * step + (floats + 3) / 4 * 4 > r.end) {
      copy_edge(r, from, floats, edge);
      from = edge;
      step = kPackBlock;
    }
    std::int64_t i = 0;
    for (; i + 4 <= floats; i += 4)
      transpose_neighbours<4, past_caches>(from + i, step, width, next);
    if (floats - i == 1) transpose_neighbours<1, past_caches>(from + i, step, width, next);
    if (floats - i == 2) transpose_neighbours<2, past_caches>(from + i, step, width, next);
    if (floats - i == 3) transpose_neighbours<3, past_caches>(from + i, step, width, next);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace noyau::kernels
HWY_AFTER_NAMESPACE();

#endif
