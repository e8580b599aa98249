#include "kernels/simd.hpp"
// The macros above come before Highway.
#include "kernels/chunks.hpp"
#include "kernels/linear/linear.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/linear/grad_input.cpp"
#include "hwy/foreach_target.h"
#include "kernels/simd-inl.hpp"
// Highway's header of prefetches has no target of its own.
#include "hwy/cache_control.h"

// dx[b][i] = sum over o of dy[b][o] w[o][i]. Rows of the weights are read as vectors, a block of
// rows after the other; the sums of a task's columns stay in the cache.

HWY_BEFORE_NAMESPACE();
namespace noyau::kernels::HWY_NAMESPACE {

#if HWY_TARGET == HWY_AVX3
inline constexpr int kBackImages = 8;
#else
inline constexpr int kBackImages = 4;
#endif
inline constexpr int kBackVectors = 3;
inline constexpr std::int64_t kBackStrip = kBackVectors * kLanes;  // columns of a tile
inline constexpr std::int64_t kBackRows = 16;                      // rows of weights of a block
inline constexpr std::int64_t kBackTile = kBackImages * kBackStrip;

// What one tile reads: `rows` rows of weights, `row` apart, of `columns` columns; and dy, for each
// row its images.
struct BackTile {
  const float* weight;
  std::int64_t row, rows, columns;
  const float* ahead;  // the tile that comes next, fetched meanwhile
  const float* dy;
};

// sums [images][columns] (+)= the products. The first group of images (kFirst) copies the weights
// to `copy` for the others (kCopy), where rows lie side by side: rows whose distance is a power of
// two push each other out of the cache.
template <bool kFirst, bool kWhole, bool kCopy>
HWY_INLINE void back_tile(const BackTile& t, float* copy, bool accumulate, float* sums) {
  const F32 d;
  VecF sum[kBackImages][kBackVectors];
  HWY_UNROLL(8)
  for (int m = 0; m < kBackImages; ++m) HWY_UNROLL(3)
  for (int v = 0; v < kBackVectors; ++v) {
    sum[m][v] = accumulate ? hn::LoadU(d, sums + m * kBackStrip + v * kLanes) : hn::Zero(d);
  }
  for (std::int64_t o = 0; o < t.rows; ++o) {
    VecF w[kBackVectors];
    HWY_UNROLL(3)
    for (int v = 0; v < kBackVectors; ++v) {
      if constexpr (kFirst) {
        const std::int64_t n = kWhole ? kLanes : t.columns - v * kLanes;
        w[v] = load_n(t.weight + o * t.row + v * kLanes, n);
        hwy::Prefetch(t.ahead + o * t.row + v * kLanes);
        if constexpr (kCopy) hn::StoreU(w[v], d, copy + o * kBackStrip + v * kLanes);
      } else {
        w[v] = hn::LoadU(d, copy + o * kBackStrip + v * kLanes);
      }
    }
    HWY_UNROLL(8)
    for (int m = 0; m < kBackImages; ++m) {
      const VecF dy = hn::Set(d, t.dy[o * kBackImages + m]);
      HWY_UNROLL(3)
      for (int v = 0; v < kBackVectors; ++v) sum[m][v] = hn::MulAdd(dy, w[v], sum[m][v]);
    }
  }
  HWY_UNROLL(8)
  for (int m = 0; m < kBackImages; ++m) HWY_UNROLL(3)
  for (int v = 0; v < kBackVectors; ++v) {
    hn::StoreU(sum[m][v], d, sums + m * kBackStrip + v * kLanes);
  }
}

struct LinearGradInput {
  const Conv& c;
  const float *dy, *weight;
  float* dx;
  std::int64_t task_columns;

  std::int64_t groups() const { return divide_up(c.batch, kBackImages); }

  // dy of rows [first, first + rows), by groups of images: [group][row][image].
  void pack_dy(std::int64_t first, std::int64_t rows, float* to) const {
    for (std::int64_t b = 0; b < groups() * kBackImages; ++b) {
      float* group = to + b / kBackImages * rows * kBackImages + b % kBackImages;
      for (std::int64_t o = 0; o < rows; ++o) {
        group[o * kBackImages] = b < c.batch ? dy[b * c.out_channels + first + o] : 0.0f;
      }
    }
  }

  // One strip of columns for all images.
  void run_strip(BackTile t, bool accumulate, float* copy, float* sums) const {
    if (t.columns < kBackStrip) {
      back_tile<true, false, true>(t, copy, accumulate, sums);
    } else if (groups() > 1) {
      back_tile<true, true, true>(t, copy, accumulate, sums);
    } else {
      back_tile<true, true, false>(t, copy, accumulate, sums);
    }
    for (std::int64_t g = 1; g < groups(); ++g) {
      t.dy += t.rows * kBackImages;
      back_tile<false, true, false>(t, copy, accumulate, sums + g * kBackTile);
    }
  }

  void finish(std::int64_t column, std::int64_t end, const float* sums) const {
    for (std::int64_t b = 0; b < c.batch; ++b) {
      const float* from = sums + b / kBackImages * kBackTile + b % kBackImages * kBackStrip;
      for (std::int64_t i = column; i < end; i += kBackStrip, from += groups() * kBackTile) {
        std::copy_n(from, std::min(kBackStrip, end - i), dx + b * c.in_channels + i);
      }
    }
  }

  void run_task(std::int64_t column, float* scratch) const {
    const std::int64_t end = std::min(column + task_columns, c.in_channels);
    float *dy_block = scratch, *copy = dy_block + kMaxLinearBatch * kBackRows;
    float* sums = copy + kBackRows * kBackStrip;
    for (std::int64_t first = 0; first < c.out_channels; first += kBackRows) {
      const std::int64_t rows = std::min(kBackRows, c.out_channels - first);
      pack_dy(first, rows, dy_block);
      const float* block = weight + first * c.in_channels;
      float* to = sums;
      for (std::int64_t i = column; i < end; i += kBackStrip, to += groups() * kBackTile) {
        const bool last_strip = i + kBackStrip >= end,
                   last_rows = first + 2 * kBackRows > c.out_channels;
        const float* ahead = block + i + kBackStrip;
        if (last_strip) ahead = last_rows ? block + i : block + kBackRows * c.in_channels + column;
        run_strip({block + i, c.in_channels, rows, end - i, ahead, dy_block}, first > 0, copy, to);
      }
    }
    finish(column, end, sums);
  }
};

void run_linear_grad_input(const Problem& problem, const Args& args) {
  const auto& c = std::get<Conv>(problem);
  // At most 960 columns, in a number of tasks that is easily shared out.
  const std::int64_t tasks = round_up(divide_up(c.in_channels, 960), 4);
  const std::int64_t columns = round_up(divide_up(c.in_channels, tasks), kBackStrip);
  const LinearGradInput op{c, args.in<float>(0), args.in<float>(1), args.out<float>(0), columns};
  ThreadPool& pool = args.pool;
  pool.run(divide_up(c.in_channels, columns), [&](std::int64_t i, int worker) {
    op.run_task(i * columns, reinterpret_cast<float*>(pool.scratch(worker)));
  });
}

}  // namespace noyau::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace noyau::kernels {

HWY_EXPORT(run_linear_grad_input);

constinit const Kernel kLinearGradInput = {
    .family = "conv_grad_input",
    .name = "linear",
    .refuse = [](const Problem& problem) -> std::string {
      if (std::get<Conv>(problem).bias) return "adds no bias";
      return refuse_linear(problem);
    },
    .run =
        [](const Problem& problem, const Args& args) noexcept {
          HWY_DYNAMIC_DISPATCH(run_linear_grad_input)(problem, args);
        }};

}  // namespace noyau::kernels
#endif  // HWY_ONCE
