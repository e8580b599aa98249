// How the matrix products of the row passes are cut into tasks, and where their packed weights lie.
// Compiled per instruction set.

#if defined(NOYAU_KERNELS_CONV_ROW_BLOCKS_INL_HPP_) == defined(HWY_TARGET_TOGGLE)
#ifdef NOYAU_KERNELS_CONV_ROW_BLOCKS_INL_HPP_
#undef NOYAU_KERNELS_CONV_ROW_BLOCKS_INL_HPP_
#else
#define NOYAU_KERNELS_CONV_ROW_BLOCKS_INL_HPP_
#endif

#include <hwy/highway.h>

#include <algorithm>
#include <cstdint>

#include "base/thread_pool.hpp"
#include "kernels/conv/conv.hpp"
#include "kernels/conv/region-inl.hpp"
#include "kernels/conv/rows.hpp"
#include "kernels/conv/tile-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace noyau::kernels {
namespace HWY_NAMESPACE {

inline std::int64_t all_taps(const Conv& c) { return c.kernel[0] * c.kernel[1] * c.kernel[2]; }

// How a problem is cut. Everything here follows from the shape, the instruction set and the variant
// alone, and the variant changes no sum.
struct Blocking {
  Conv c;  // flattened where possible
  ConvPass pass;
  std::int64_t depth, columns;  // K and N of one group
  std::int64_t src_channels, dst_channels;
  std::int64_t src_pixel, dst_pixel;  // floats from one pixel to the next
  std::int64_t panel, panels;         // columns per panel, panels per group
  bool direct;                        // read src in place: no padding, no harmful stride
  bool staged;                        // likewise, but tiles are normalised into a panel just before
  bool merged;                        // taps along a row follow each other in memory
  bool few_pixels;                    // each weight is read but a few times
  std::int64_t depth_block, depth_blocks;
  std::int64_t rows, cols;  // pixels of dst per task
  std::int64_t row_blocks, col_blocks, column_splits;
};

// Channels of src per pass over the panels: the packed weights of one panel stay within half of a
// small second-level cache.
inline std::int64_t depth_per_block(const Blocking& b) {
  constexpr std::int64_t kPanelBytes = 128 << 10;
  if (b.merged) return b.depth;
  const std::int64_t taps = b.c.kernel[0] * b.c.kernel[1] * b.c.kernel[2];
  const std::int64_t fits = kPanelBytes / (taps * b.panel * 4) / 16 * 16;
  return std::min(b.depth, std::max<std::int64_t>(64, fits));
}

// Source positions along an axis that `positions` neighbours of dst read, in the widest phase.
inline std::int64_t widest_reach(const Blocking& b, std::size_t axis, std::int64_t positions) {
  const std::int64_t span = (b.c.kernel[axis] - 1) * b.c.dilation[axis], step = b.c.stride[axis];
  return b.pass == ConvPass::forward ? (positions - 1) * step + span + 1
                                     : positions - 1 + span / step + 1;
}

inline std::int64_t region_floats(const Blocking& b, std::int64_t rows, std::int64_t cols) {
  return b.c.kernel[0] * widest_reach(b, 1, rows) * widest_reach(b, 2, cols) *
         panel_pixel(b.depth_block);
}

// Weights, in floats, that stay in the second-level cache while tiles use them one after the other.
constexpr std::int64_t kCachedWeights = 64 << 10;

// Pixels of dst per task: weights are read once for so many. Where all weights stay in the
// second-level cache, tasks are larger, as long as there are many: what each begins with would
// weigh more than its few multiply-adds.
inline std::int64_t pixels_per_task(const Blocking& b, std::int64_t height, std::int64_t width) {
  constexpr std::int64_t kPixels = 112, kMostPixels = 448, kTasks = 64;
  if (all_taps(b.c) * b.depth * b.columns > kCachedWeights) return kPixels;
  return std::clamp(b.c.batch * height * width / kTasks, kPixels, kMostPixels);
}

inline void block_pixels(Blocking& b, std::int64_t height, std::int64_t width) {
  std::int64_t pixels = pixels_per_task(b, height, width);
  if (b.c.variant == kMorePixels) pixels *= 2;
  if (b.c.variant == kFewerPixels) pixels /= 2;
  constexpr std::int64_t kRegionFloats = 48 << 10;  // 192 KiB: the panel stays in the second level
  constexpr std::int64_t kMostFloats = std::int64_t(ThreadPool::kScratchBytes) / 8;
  b.cols = std::min(width, pixels);
  while (b.depth_block > 64 &&
         region_floats(b, 1, std::min<std::int64_t>(16, b.cols)) > kMostFloats)
    b.depth_block = (b.depth_block / 2 + 15) / 16 * 16;
  while (b.cols > 28 && region_floats(b, 1, b.cols) > kRegionFloats) b.cols = (b.cols + 1) / 2;
  while (b.cols > 16 && region_floats(b, 1, b.cols) > kMostFloats) b.cols = (b.cols + 1) / 2;
  b.rows = 1;
  while (b.rows < height && (b.rows + 1) * b.cols <= pixels &&
         region_floats(b, b.rows + 1, b.cols) <= kRegionFloats)
    ++b.rows;
  b.row_blocks = ceil_div(height, b.rows);
  b.col_blocks = ceil_div(width, b.cols);
  b.cols = ceil_div(width, b.col_blocks);
}

constexpr std::int64_t kFewPixels = 224;

inline Blocking blocking(const Conv& conv, ConvPass pass) {
  Blocking b;
  b.c = flattened(conv);
  b.pass = pass;
  const bool forward = pass == ConvPass::forward;
  b.src_channels = forward ? conv.in_channels : conv.out_channels;
  b.dst_channels = forward ? conv.out_channels : conv.in_channels;
  b.src_pixel = forward ? x_pixel(conv) : b.src_channels;
  b.dst_pixel = forward ? y_pixel(conv) : b.dst_channels;
  b.depth = b.src_channels / conv.groups;
  b.columns = b.dst_channels / conv.groups;
  b.panel = kVectors * lanes();
  b.panels = ceil_div(b.columns, b.panel);
  const Sweep s = sweep(b.c, pass, 0);
  const bool one_tap = is_pointwise(b.c);
  b.staged = one_tap && forward && conv.normalised;
  b.direct = one_tap && !b.staged && (b.src_pixel % 1024 != 0) != (b.c.variant == kOtherReading);
  b.merged = !b.direct && !b.staged && b.depth <= 64 && b.c.dilation[2] == 1;
  b.few_pixels = b.c.batch * s.axes[0].count * s.axes[1].count * s.axes[2].count <= kFewPixels;
  b.depth_block = b.direct || b.staged ? std::min<std::int64_t>(b.depth, 1024) : depth_per_block(b);
  block_pixels(b, s.axes[1].count, s.axes[2].count);
  b.depth_blocks = ceil_div(b.depth, b.depth_block);
  const std::int64_t tasks =
      b.c.batch * s.axes[0].count * b.row_blocks * b.col_blocks * b.c.groups * phases(b.c, pass);
  const std::int64_t enough = b.c.variant == kFewTasks ? 8 : 24;
  b.column_splits =
      std::clamp<std::int64_t>(ceil_div(enough, std::max<std::int64_t>(1, tasks)), 1, b.panels);
  return b;
}

inline std::int64_t panel_columns(const Blocking& b, std::int64_t panel) {
  return std::min(b.panel, b.columns - panel * b.panel);
}
// A panel's packed width: whole vectors.
inline std::int64_t packed_columns(const Blocking& b, std::int64_t panel) {
  return ceil_div(panel_columns(b, panel), lanes()) * lanes();
}
inline std::int64_t packed_columns(const Blocking& b) {
  return (b.panels - 1) * b.panel + packed_columns(b, b.panels - 1);
}

// Packed weights lie as [phase][group][depth block][panel][tap][depth][column].
struct PackedAt {
  std::int64_t phase_start, taps;
  std::int64_t operator()(const Blocking& b, std::int64_t group, std::int64_t depth_first,
                          std::int64_t depth, std::int64_t panel) const {
    const std::int64_t per_depth = taps * packed_columns(b);
    return phase_start + group * b.depth * per_depth + depth_first * per_depth +
           panel * b.panel * taps * depth;
  }
};

inline PackedAt packed_at(const Blocking& b, std::int64_t phase) {
  std::int64_t start = 0;
  for (std::int64_t p = 0; p < phase; ++p)
    start += sweep(b.c, b.pass, p).taps() * b.c.groups * b.depth * packed_columns(b);
  return {start, sweep(b.c, b.pass, phase).taps()};
}

}  // namespace HWY_NAMESPACE
}  // namespace noyau::kernels
HWY_AFTER_NAMESPACE();

#endif
