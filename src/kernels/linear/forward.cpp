#include "kernels/simd.hpp"
// The macros above come before Highway.
#include "kernels/activated.hpp"
#include "kernels/chunks.hpp"
#include "kernels/linear/linear.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/linear/forward.cpp"
#include "hwy/foreach_target.h"
#include "kernels/simd-inl.hpp"
// Highway's header of prefetches has no target of its own.
#include "hwy/cache_control.h"

// y[b][o] is a dot product along the inputs. Some rows of the weights times four images are summed
// in registers, whose lanes are added at the end of each block of inputs.

HWY_BEFORE_NAMESPACE();
namespace noyau::kernels::HWY_NAMESPACE {

// Rows of weights in a tile: accumulators plus four vectors of images plus one have to fit.
#if HWY_TARGET == HWY_AVX2
inline constexpr int kDotRows = 3;
#else
inline constexpr int kDotRows = 6;
#endif
inline constexpr int kDotImages = 4;
inline constexpr std::int64_t kDotDepth = 1024;   // inputs of a block
inline constexpr std::int64_t kDotTaskRows = 48;  // rows of weights of a task

#if HWY_TARGET != HWY_SCALAR
// Adds the blocks of four lanes of `v`.
template <class D>
HWY_INLINE auto add_blocks(D d, hn::Vec<D> v) {
  if constexpr (hn::MaxLanes(d) > 4) {
    const hn::Half<D> half;
    return add_blocks(half, hn::Add(hn::LowerHalf(half, v), hn::UpperHalf(half, v)));
  } else {
    return v;
  }
}
#endif

// Writes the sums of the lanes of four vectors.
HWY_INLINE void sum_lanes(const VecF* v, float* sums) {
#if HWY_TARGET == HWY_SCALAR
  for (int m = 0; m < 4; ++m) sums[m] = hn::GetLane(v[m]);
#else
  const F32 d;
  const hn::Repartition<double, F32> pairs;
  const auto add_pairs = [&](VecF a, VecF b) HWY_ATTR {
    return hn::BitCast(pairs, hn::Add(hn::InterleaveLower(d, a, b), hn::InterleaveUpper(d, a, b)));
  };
  const auto ab = add_pairs(v[0], v[1]), cd = add_pairs(v[2], v[3]);
  const VecF abcd = hn::Add(hn::BitCast(d, hn::InterleaveLower(pairs, ab, cd)),
                            hn::BitCast(d, hn::InterleaveUpper(pairs, ab, cd)));
  const hn::CappedTag<float, 4> four;
  hn::StoreU(add_blocks(d, abcd), four, sums);
#endif
}

// A block of inputs of four images, interleaved by vectors and padded with zeros.
struct DotBlock {
  const float* images;
  std::int64_t whole;  // vectors
  std::int64_t rest;   // inputs beyond them
};

// sums[r * sums_row + m] (+)= the products of row r of the weights and image m. `ahead` are the
// rows that come next, fetched meanwhile.
template <bool kAhead>
HWY_INLINE void dot_tile(const float* const* rows, const float* const* ahead, const DotBlock& block,
                         bool accumulate, float* sums, std::int64_t sums_row) {
  const F32 d;
  VecF sum[kDotRows][kDotImages];
  HWY_UNROLL(6)
  for (int r = 0; r < kDotRows; ++r) HWY_UNROLL(4)
  for (int m = 0; m < kDotImages; ++m) sum[r][m] = hn::Zero(d);
  const auto step = [&](std::int64_t i, std::int64_t n) HWY_ATTR {
    VecF x[kDotImages];
    HWY_UNROLL(4)
    for (int m = 0; m < kDotImages; ++m) {
      x[m] = hn::LoadU(d, block.images + i * kDotImages + m * kLanes);
    }
    HWY_UNROLL(6)
    for (int r = 0; r < kDotRows; ++r) {
      const VecF w = load_n(rows[r] + i, n);
      if constexpr (kAhead) hwy::Prefetch(ahead[r] + i);
      HWY_UNROLL(4)
      for (int m = 0; m < kDotImages; ++m) sum[r][m] = hn::MulAdd(w, x[m], sum[r][m]);
    }
  };
  const std::int64_t end = block.whole * kLanes;
  for (std::int64_t i = 0; i < end; i += kLanes) step(i, kLanes);
  if (block.rest != 0) step(end, block.rest);
  for (int r = 0; r < kDotRows; ++r) {
    float four[kDotImages], *to = sums + r * sums_row;
    sum_lanes(sum[r], four);
    for (int m = 0; m < kDotImages; ++m) to[m] = accumulate ? to[m] + four[m] : four[m];
  }
}

struct LinearForward {
  const Conv& c;
  const float *x, *weight, *bias;
  float* y;

  std::int64_t padded_batch() const { return round_up(c.batch, kDotImages); }

  // Inputs [first, first + depth) of all images, as DotBlock wants them.
  void pack_images(std::int64_t first, std::int64_t depth, float* to) const {
    const F32 d;
    for (std::int64_t b = 0; b < padded_batch(); b += kDotImages) {
      for (std::int64_t i = 0; i < depth; i += kLanes) {
        for (std::int64_t m = 0; m < kDotImages; ++m, to += kLanes) {
          const bool real = b + m < c.batch;
          const float* from = x + (b + m) * c.in_channels + first + i;
          hn::StoreU(real ? load_n(from, depth - i) : hn::Zero(d), d, to);
        }
      }
    }
  }

  // All images times a task's rows [row, end_row), inputs [first, first + depth).
  void run_block(std::int64_t row, std::int64_t end_row, std::int64_t first, std::int64_t depth,
                 const float* images, float* sums) const {
    const std::int64_t batch = padded_batch(), group = round_up(depth, kLanes) * kDotImages;
    for (std::int64_t o = row; o < end_row; o += kDotRows) {
      const float *rows[kDotRows], *ahead[kDotRows];
      for (int r = 0; r < kDotRows; ++r) {
        // Rows beyond the last are computed as the last, and ignored.
        rows[r] = weight + std::min(o + r, end_row - 1) * c.in_channels + first;
        ahead[r] = weight + std::min(o + r + kDotRows, end_row - 1) * c.in_channels + first;
      }
      float* to = sums + (o - row) * batch;
      for (std::int64_t b = 0; b < batch; b += kDotImages) {
        const DotBlock block{images + b / kDotImages * group, depth / kLanes, depth % kLanes};
        if (b == 0) {
          dot_tile<true>(rows, ahead, block, first > 0, to + b, batch);
        } else {
          dot_tile<false>(rows, ahead, block, first > 0, to + b, batch);
        }
      }
    }
  }

  void finish(std::int64_t row, std::int64_t end_row, const float* sums) const {
    const std::int64_t batch = padded_batch();
    for (std::int64_t b = 0; b < c.batch; ++b) {
      for (std::int64_t o = row; o < end_row; ++o) {
        float sum = sums[(o - row) * batch + b];
        if (bias != nullptr) sum += bias[o];
        y[b * c.out_channels + o] = activated(sum, c.activation);
      }
    }
  }

  void run_task(std::int64_t row, float* scratch) const {
    const std::int64_t end_row = std::min(row + kDotTaskRows, c.out_channels);
    float* sums = scratch + kMaxLinearBatch * kDotDepth;
    for (std::int64_t first = 0; first < c.in_channels; first += kDotDepth) {
      const std::int64_t depth = std::min(kDotDepth, c.in_channels - first);
      pack_images(first, depth, scratch);
      run_block(row, end_row, first, depth, scratch, sums);
    }
    finish(row, end_row, sums);
  }
};

void run_linear(const Problem& problem, const Args& args) {
  const auto& c = std::get<Conv>(problem);
  const LinearForward op{c, args.in<float>(0), args.in<float>(1),
                         c.bias ? args.in<float>(2) : nullptr, args.out<float>(0)};
  ThreadPool& pool = args.pool;
  pool.run(divide_up(c.out_channels, kDotTaskRows), [&](std::int64_t i, int worker) {
    op.run_task(i * kDotTaskRows, reinterpret_cast<float*>(pool.scratch(worker)));
  });
}

}  // namespace noyau::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace noyau::kernels {

HWY_EXPORT(run_linear);

constinit const Kernel kLinear = {.family = "conv",
                                  .name = "linear",
                                  .refuse = refuse_linear,
                                  .run = [](const Problem& problem, const Args& args) noexcept {
                                    HWY_DYNAMIC_DISPATCH(run_linear)(problem, args);
                                  }};

}  // namespace noyau::kernels
#endif  // HWY_ONCE
