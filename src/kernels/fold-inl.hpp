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

/// The rows of a chunk's partial sums, each as long as a row of the folded matrix.
struct Partial {
  float *kept, *sum0, *sum1;
  Partial(float* at, std::int64_t columns) : kept(at), sum0(at + columns), sum1(at + 2 * columns) {}
};

/// Adds n elements from `offset` on to the sums from `column` on.
template <class Op>
HWY_INLINE void add_vector(const Op& op, const Partial& partial, std::int64_t offset,
                           std::int64_t column, std::int64_t n) {
  const F32 d;
  VecF sum0 = hn::LoadU(d, partial.sum0 + column), sum1 = hn::LoadU(d, partial.sum1 + column);
  op.step(offset, column, n, hn::LoadU(d, partial.kept + column), sum0, sum1);
  hn::StoreU(sum0, d, partial.sum0 + column);
  hn::StoreU(sum1, d, partial.sum1 + column);
}

/// Adds rows [row, end), to kVectors vectors of sums in registers.
template <int kVectors, class Op>
void add_narrow_rows(const Op& op, std::int64_t step, std::int64_t row, std::int64_t end,
                     std::int64_t column, const Partial& partial) {
  const F32 d;
  VecF kept[kVectors], sum0[kVectors], sum1[kVectors];
  for (int v = 0; v < kVectors; ++v) {
    kept[v] = hn::LoadU(d, partial.kept + column + v * kLanes);
    sum0[v] = sum1[v] = hn::Zero(d);
  }
  for (; row < end; ++row) {
    HWY_UNROLL(4)
    for (int v = 0; v < kVectors; ++v) {
      const std::int64_t c = column + v * kLanes;
      op.step(row * step + c, c, kLanes, kept[v], sum0[v], sum1[v]);
    }
  }
  for (int v = 0; v < kVectors; ++v) {
    hn::StoreU(sum0[v], d, partial.sum0 + column + v * kLanes);
    hn::StoreU(sum1[v], d, partial.sum1 + column + v * kLanes);
  }
}

/// Adds rows [row, end) to the sums of columns [column, to), four at a time and far apart: each of
/// the four is then a stream from end to end, which hardware prefetches, as it does not with strips
/// of neighbouring rows.
template <class Op>
void add_wide_rows(const Op& op, std::int64_t step, std::int64_t row, std::int64_t end,
                   std::int64_t column, std::int64_t to, const Partial& partial) {
  const F32 d;
  const std::int64_t quarter = (end - row) / 4, apart = quarter * step;
  for (const std::int64_t first_end = row + quarter; row < first_end; ++row) {
    for (std::int64_t c = column; c < to; c += kLanes) {
      const VecF kept = hn::LoadU(d, partial.kept + c);
      VecF sum0 = hn::LoadU(d, partial.sum0 + c), sum1 = hn::Zero(d);
      if (Op::kSums == 2) sum1 = hn::LoadU(d, partial.sum1 + c);
      const std::int64_t offset = row * step + c;
      HWY_UNROLL(4)
      for (int i = 0; i < 4; ++i) op.step(offset + i * apart, c, kLanes, kept, sum0, sum1);
      hn::StoreU(sum0, d, partial.sum0 + c);
      if (Op::kSums == 2) hn::StoreU(sum1, d, partial.sum1 + c);
    }
  }
  for (row += 3 * quarter; row < end; ++row) {
    for (std::int64_t c = column; c < to; c += kLanes)
      add_vector(op, partial, row * step + c, c, kLanes);
  }
}

/// Two sums per column over the rows of a chunk, for columns [column, to). `op` has
///   VecF prepare(offset, column, n)                      a value kept per column (a shift, a mean)
///   void step(offset, column, n, prepared, sum0, sum1)   adds n elements from `offset` on
///   int kSums                                            1 when sum1 stays zero, else 2
/// Offsets are `step` apart from row to row. Writes rows [prepared, sum0, sum1] of `partial`, each
/// fold.columns long.
template <class Op>
void sum_columns(const Fold& fold, const Op& op, std::int64_t step, std::int64_t chunk,
                 std::int64_t column, std::int64_t to, float* partials) {
  const F32 d;
  const Partial partial(partials, fold.columns);
  const std::int64_t begin = chunk * fold.chunk_rows;
  const std::int64_t end = std::max(begin, std::min(begin + fold.chunk_rows, fold.full_rows));
  const auto left = [&](std::int64_t c) {
    return std::clamp<std::int64_t>(fold.rest - c, 0, kLanes);
  };
  for (std::int64_t c = column; c < to; c += kLanes) {
    const std::int64_t n = begin < end ? kLanes : left(c);
    hn::StoreU(op.prepare(begin * step + c, c, n), d, partial.kept + c);
    hn::StoreU(hn::Zero(d), d, partial.sum0 + c);
    hn::StoreU(hn::Zero(d), d, partial.sum1 + c);
  }
  to - column == 4 * kLanes ? add_narrow_rows<4>(op, step, begin, end, column, partial)
                            : add_wide_rows(op, step, begin, end, column, to, partial);
  if (chunk < fold.chunks - 1) return;
  for (std::int64_t c = column; c < std::min(to, fold.rest); c += kLanes)
    add_vector(op, partial, fold.full_rows * step + c, c, left(c));
}

/// A task of a sum down all columns is one chunk of 512 columns: long reads, and tasks enough.
inline constexpr std::int64_t kColumnBlock = 512;
HWY_INLINE std::int64_t column_tasks(const Fold& fold) {
  return fold.chunks * divide_up(fold.columns, kColumnBlock);
}

/// `sum_columns` on all columns of one task. `partials` is [chunks][3][columns].
template <class Op>
void sum_column_task(const Fold& fold, const Op& op, std::int64_t step, std::int64_t task,
                     float* partials) {
  const std::int64_t blocks = divide_up(fold.columns, kColumnBlock);
  const std::int64_t chunk = task / blocks, from = task % blocks * kColumnBlock;
  const std::int64_t to = std::min(from + kColumnBlock, fold.columns);
  sum_columns(fold, op, step, chunk, from, to, partials + chunk * 3 * fold.columns);
}

/// `sum_columns` on every chunk and column.
template <class Op>
void sum_all_columns(const Fold& fold, const Op& op, std::int64_t step, float* partials,
                     ThreadPool& pool) {
  for_chunks(pool, column_tasks(fold), 1, [&](std::int64_t task, std::int64_t last) {
    for (; task < last; ++task) sum_column_task(fold, op, step, task, partials);
  });
}
template <class Op>
void sum_all_columns(const Fold& fold, const Op& op, float* partials, ThreadPool& pool) {
  sum_all_columns(fold, op, fold.columns, partials, pool);
}

/// Adds the first sums of all chunks and of all copies of a channel.
inline void add_partials(const Fold& fold, const float* partials, double divisor, float* sums) {
  for (std::int64_t c = 0; c < fold.channels; ++c) {
    double sum = 0;
    for (std::int64_t chunk = 0; chunk < fold.chunks; ++chunk) {
      const float* partial = partials + (chunk * 3 + 1) * fold.columns;
      for (std::int64_t j = c; j < fold.columns; j += fold.channels) sum += double(partial[j]);
    }
    sums[c] = float(sum / divisor);
  }
}

/// The first sums of `op_of(at)`, divided by `divisor`, for each image of [outer, middle, inner];
/// `at` is the image's first element. Needs middle_sums_scratch().
template <class OpOf>
void sum_middles(std::int64_t outer, std::int64_t middle, std::int64_t inner, double divisor,
                 const OpOf& op_of, float* sums, const Args& args) {
  const std::int64_t image = middle * inner;
  if (outer * image == 0) {
    std::fill_n(sums, outer * inner, float(0 / divisor));
    return;
  }
  const Fold fold(middle, inner);
  const std::int64_t length = 3 * fold.chunks * fold.columns;
  float* partials = reinterpret_cast<float*>(args.scratch);
  const std::int64_t grain = grain_for(image / fold.chunks);
  for_chunks(args.pool, outer * fold.chunks, grain, [&](std::int64_t task, std::int64_t last) {
    for (; task < last; ++task) {
      const std::int64_t o = task / fold.chunks, chunk = task % fold.chunks;
      sum_columns(fold, op_of(o * image), fold.columns, chunk, 0, fold.columns,
                  partials + o * length + chunk * 3 * fold.columns);
    }
  });
  for_chunks(args.pool, outer, grain_for(length), [&](std::int64_t o, std::int64_t end) {
    for (; o < end; ++o) add_partials(fold, partials + o * length, divisor, sums + o * inner);
  });
}

/// An op of `sum_columns`: sums of x and x^2, both relative to the first row of the chunk, so that
/// f32 does not cancel.
struct Statistics {
  static constexpr int kSums = 2;
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
