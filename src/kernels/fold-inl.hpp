// Sums down the columns of a folded matrix, compiled once per Highway target.
#include "kernels/simd-inl.hpp"

#if defined(NOYAU_KERNELS_FOLD_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef NOYAU_KERNELS_FOLD_INL
#undef NOYAU_KERNELS_FOLD_INL
#else
#define NOYAU_KERNELS_FOLD_INL
#endif

#include "kernels/fold.hpp"

HWY_BEFORE_NAMESPACE();
namespace noyau::kernels::HWY_NAMESPACE {

/// `v` with lanes from n on set to zero.
HWY_INLINE VecF first_n(VecF v, std::int64_t n) {
  if (n >= kLanes) return v;
  return hn::IfThenElseZero(hn::FirstN(F32(), std::size_t(n)), v);
}

/// Full rows of a matrix, the first and last of them at the borders of a chunk or between.
struct RowRange {
  std::int64_t begin, end;
  bool first, last;  ///< of the chunk: the sums start at zero; the partial row follows
};

/// Two sums per column over rows of a chunk, for kVectors vectors of columns from `column` on. `op`
/// has
///   VecF prepare(offset, column, n)                      a value kept per column (a shift, a mean)
///   void step(offset, column, n, prepared, sum0, sum1)   adds n elements from `offset` on
/// Writes rows [prepared, sum0, sum1] of `partial`, each fold.columns long; later ranges of the
/// chunk go on from there.
template <int kVectors, class Op>
HWY_INLINE void sum_rows_of_columns(const Fold& fold, const Op& op, const RowRange& rows,
                                    std::int64_t column, float* partial) {
  const F32 d;
  const auto left = [&](int v) { return fold.rest - column - v * kLanes; };
  VecF kept[kVectors], sum0[kVectors], sum1[kVectors];
  for (int v = 0; v < kVectors; ++v) {
    const std::int64_t at = column + v * kLanes;
    if (rows.first) {
      const std::int64_t n =
          rows.begin < rows.end ? kLanes : std::clamp<std::int64_t>(left(v), 0, kLanes);
      kept[v] = op.prepare(rows.begin * fold.columns + at, at, n);
      sum0[v] = sum1[v] = hn::Zero(d);
    } else {
      kept[v] = hn::LoadU(d, partial + at);
      sum0[v] = hn::LoadU(d, partial + fold.columns + at);
      sum1[v] = hn::LoadU(d, partial + 2 * fold.columns + at);
    }
  }
  for (std::int64_t row = rows.begin; row < rows.end; ++row) {
    const std::int64_t offset = row * fold.columns + column;
    HWY_UNROLL(4)
    for (int v = 0; v < kVectors; ++v) {
      op.step(offset + v * kLanes, column + v * kLanes, kLanes, kept[v], sum0[v], sum1[v]);
    }
  }
  for (int v = 0; v < kVectors; ++v) {
    const std::int64_t offset = fold.full_rows * fold.columns + column + v * kLanes;
    if (rows.last && left(v) > 0)
      op.step(offset, column + v * kLanes, left(v), kept[v], sum0[v], sum1[v]);
    float* out = partial + column + v * kLanes;
    hn::StoreU(kept[v], d, out);
    hn::StoreU(sum0[v], d, out + fold.columns);
    hn::StoreU(sum1[v], d, out + 2 * fold.columns);
  }
}

/// The sums of columns [column, to) over a whole chunk. Few rows at a time, so that memory is read
/// in long stretches and not in narrow strips from top to bottom.
template <class Op>
void sum_columns(const Fold& fold, const Op& op, std::int64_t chunk, std::int64_t column,
                 std::int64_t to, float* partial) {
  constexpr std::int64_t kRows = 8;
  const std::int64_t begin = chunk * fold.chunk_rows;
  const std::int64_t end = std::max(begin, std::min(begin + fold.chunk_rows, fold.full_rows));
  const bool partial_row = chunk == fold.chunks - 1 && fold.rest > 0;
  for (std::int64_t row = begin; row == begin || row < end; row += kRows) {
    const std::int64_t row_end = std::min(row + kRows, end);
    const RowRange rows{row, row_end, row == begin, partial_row && row_end == end};
    std::int64_t c = column;
    for (; c + 4 * kLanes <= to; c += 4 * kLanes)
      sum_rows_of_columns<4>(fold, op, rows, c, partial);
    for (; c < to; c += kLanes) sum_rows_of_columns<1>(fold, op, rows, c, partial);
  }
}

/// A task of a sum down all columns is one chunk of 256 columns.
inline constexpr std::int64_t kColumnBlock = 256;
HWY_INLINE std::int64_t column_tasks(const Fold& fold) {
  return fold.chunks * divide_up(fold.columns, kColumnBlock);
}

/// `sum_columns` on all columns of one task. `partials` is [chunks][3][columns].
template <class Op>
void sum_column_task(const Fold& fold, const Op& op, std::int64_t task, float* partials) {
  const std::int64_t blocks = divide_up(fold.columns, kColumnBlock);
  const std::int64_t chunk = task / blocks, from = task % blocks * kColumnBlock;
  const std::int64_t to = std::min(from + kColumnBlock, fold.columns);
  sum_columns(fold, op, chunk, from, to, partials + chunk * 3 * fold.columns);
}

/// `sum_columns` on every chunk and column.
template <class Op>
void sum_all_columns(const Fold& fold, const Op& op, float* partials, ThreadPool& pool) {
  for_chunks(pool, column_tasks(fold), 1, [&](std::int64_t task, std::int64_t last) {
    for (; task < last; ++task) sum_column_task(fold, op, task, partials);
  });
}

/// An op of `sum_columns`: sums of x and x^2, both relative to the first row of the chunk, so that
/// f32 does not cancel.
struct Statistics {
  const float* x;
  VecF prepare(std::int64_t offset, std::int64_t, std::int64_t n) const {
    return load_n(x + offset, n);
  }
  HWY_INLINE void step(std::int64_t offset, std::int64_t, std::int64_t n, VecF shift, VecF& sum,
                       VecF& squares) const {
    const VecF v = first_n(hn::Sub(load_n(x + offset, n), shift), n);
    sum = hn::Add(sum, v);
    squares = hn::MulAdd(v, v, squares);
  }
};

}  // namespace noyau::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
