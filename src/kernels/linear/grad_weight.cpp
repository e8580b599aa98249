#include "kernels/simd.hpp"
// The macros above come before Highway.
#include "kernels/chunks.hpp"
#include "kernels/linear/linear.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/linear/grad_weight.cpp"
#include "hwy/foreach_target.h"
#include "kernels/simd-inl.hpp"
// Highway's header of streaming has no target of its own.
#include "hwy/cache_control.h"

// dw[o][i] = sum over b of dy[b][o] x[b][i]: all images in registers, so that dw is written once.

HWY_BEFORE_NAMESPACE();
namespace noyau::kernels::HWY_NAMESPACE {

#if HWY_TARGET == HWY_AVX3
inline constexpr int kOuterRows = 8;
#else
inline constexpr int kOuterRows = 4;
#endif
inline constexpr int kOuterVectors = 3;
inline constexpr std::int64_t kOuterStrip = kOuterVectors * kLanes;       // columns of a tile
inline constexpr std::int64_t kOuterColumns = 960, kOuterTaskRows = 128;  // of a task

enum class Write { masked, whole, streamed };

// dw [rows][columns] from x [batch][strip] and dy [batch][rows].
template <Write kWrite>
HWY_INLINE void outer_tile(const float* x, const float* dy, std::int64_t batch, std::int64_t rows,
                           std::int64_t columns, float* dw, std::int64_t row) {
  const F32 d;
  VecF sum[kOuterRows][kOuterVectors];
  HWY_UNROLL(8)
  for (int m = 0; m < kOuterRows; ++m) HWY_UNROLL(3)
  for (int v = 0; v < kOuterVectors; ++v) sum[m][v] = hn::Zero(d);
  for (std::int64_t b = 0; b < batch; ++b) {
    VecF xv[kOuterVectors];
    HWY_UNROLL(3)
    for (int v = 0; v < kOuterVectors; ++v) xv[v] = hn::LoadU(d, x + b * kOuterStrip + v * kLanes);
    HWY_UNROLL(8)
    for (int m = 0; m < kOuterRows; ++m) {
      const VecF dyv = hn::Set(d, dy[b * kOuterRows + m]);
      HWY_UNROLL(3)
      for (int v = 0; v < kOuterVectors; ++v) sum[m][v] = hn::MulAdd(dyv, xv[v], sum[m][v]);
    }
  }
  HWY_UNROLL(8)
  for (int m = 0; m < kOuterRows; ++m) {
    if (m == rows) return;
    HWY_UNROLL(3)
    for (int v = 0; v < kOuterVectors; ++v) {
      float* to = dw + m * row + v * kLanes;
      if constexpr (kWrite == Write::streamed) {
        hn::Stream(sum[m][v], d, to);
      } else if constexpr (kWrite == Write::whole) {
        hn::StoreU(sum[m][v], d, to);
      } else if (columns > v * kLanes) {
        store_n(sum[m][v], to, columns - v * kLanes);
      }
    }
  }
}

struct LinearGradWeight {
  const Conv& c;
  const float *x, *dy;
  float* dw;
  bool stream;

  // Columns [column, end) of all images by strips: [strip][image][column].
  void pack_x(std::int64_t column, std::int64_t end, float* to) const {
    for (std::int64_t i = column; i < end; i += kOuterStrip) {
      for (std::int64_t b = 0; b < c.batch; ++b) {
        for (int v = 0; v < kOuterVectors; ++v, to += kLanes) {
          const std::int64_t at = i + v * kLanes;
          hn::StoreU(load_n(x + b * c.in_channels + std::min(at, end), end - at), F32(), to);
        }
      }
    }
  }

  void pack_dy(std::int64_t row, std::int64_t rows, float* to) const {
    for (std::int64_t b = 0; b < c.batch; ++b) {
      for (std::int64_t m = 0; m < kOuterRows; ++m) {
        *to++ = m < rows ? dy[b * c.out_channels + row + m] : 0.0f;
      }
    }
  }

  void run_task(std::int64_t column, std::int64_t row, float* scratch) const {
    const std::int64_t end = std::min(column + kOuterColumns, c.in_channels);
    const std::int64_t end_row = std::min(row + kOuterTaskRows, c.out_channels);
    float *dy_group = scratch, *strips = scratch + kMaxLinearBatch * kOuterRows;
    pack_x(column, end, strips);
    for (; row < end_row; row += kOuterRows) {
      const std::int64_t rows = std::min<std::int64_t>(kOuterRows, end_row - row);
      pack_dy(row, rows, dy_group);
      const float* strip = strips;
      for (std::int64_t i = column; i < end; i += kOuterStrip, strip += c.batch * kOuterStrip) {
        float* to = dw + row * c.in_channels + i;
        const auto tile = end - i < kOuterStrip ? outer_tile<Write::masked>
                          : stream              ? outer_tile<Write::streamed>
                                                : outer_tile<Write::whole>;
        tile(strip, dy_group, c.batch, rows, end - i, to, c.in_channels);
      }
    }
    if (stream) hwy::FlushStream();
  }
};

// Weights that do not fit the cache are written past it, where the alignment allows it.
bool streams(const Conv& c, const float* dw) {
  return c.in_channels * c.out_channels >= (std::int64_t{1} << 22) && c.in_channels % kLanes == 0 &&
         reinterpret_cast<std::uintptr_t>(dw) % (sizeof(float) * kLanes) == 0;
}

void run_linear_grad_weight(const Problem& problem, const Args& args) {
  const auto& c = std::get<Conv>(problem);
  float* dw = args.out<float>(0);
  const LinearGradWeight op{c, args.in<float>(0), args.in<float>(1), dw, streams(c, dw)};
  ThreadPool& pool = args.pool;
  const std::int64_t blocks = divide_up(c.in_channels, kOuterColumns);
  pool.run(blocks * divide_up(c.out_channels, kOuterTaskRows), [&](std::int64_t i, int worker) {
    op.run_task(i % blocks * kOuterColumns, i / blocks * kOuterTaskRows,
                reinterpret_cast<float*>(pool.scratch(worker)));
  });
}

}  // namespace noyau::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace noyau::kernels {

HWY_EXPORT(run_linear_grad_weight);

constinit const Kernel kLinearGradWeight = {
    .family = "conv_grad_weight",
    .name = "linear",
    .refuse = refuse_linear,
    .run = [](const Problem& problem, const Args& args) noexcept {
      HWY_DYNAMIC_DISPATCH(run_linear_grad_weight)(problem, args);
    }};

}  // namespace noyau::kernels
#endif  // HWY_ONCE
