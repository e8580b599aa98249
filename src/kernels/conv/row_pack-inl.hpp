// Packs weights OIDHW in the order in which the row passes read them. Compiled per instruction set.

#if defined(NOYAU_KERNELS_CONV_ROW_PACK_INL_HPP_) == defined(HWY_TARGET_TOGGLE)
#ifdef NOYAU_KERNELS_CONV_ROW_PACK_INL_HPP_
#undef NOYAU_KERNELS_CONV_ROW_PACK_INL_HPP_
#else
#define NOYAU_KERNELS_CONV_ROW_PACK_INL_HPP_
#endif

#include <hwy/highway.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "kernels/conv/pack-inl.hpp"
#include "kernels/conv/row_blocks-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace noyau::kernels {
namespace HWY_NAMESPACE {

// Weights OIDHW: how far apart neighbours along depth and columns are.
struct WeightAt {
  std::int64_t group, depth, column;
};
inline WeightAt weight_at(const Blocking& b) {
  const std::int64_t taps = all_taps(b.c);
  if (b.pass == ConvPass::forward) return {b.columns * b.depth * taps, taps, b.depth * taps};
  return {b.depth * b.columns * taps, b.columns * taps, taps};
}

// Where the weights of one panel and depth block go: those of each tap of the kernel.
struct PackedTaps {
  std::array<float*, kMaxWindow> to;

  PackedTaps(const Blocking& b, float* packed, std::int64_t group, std::int64_t depth_first,
             std::int64_t depth, std::int64_t panel) {
    std::int64_t start = 0;
    for (std::int64_t phase = 0; phase < phases(b.c, b.pass); ++phase) {
      const Sweep s = sweep(b.c, b.pass, phase);
      float* next = packed + PackedAt{start, s.taps()}(b, group, depth_first, depth, panel);
      const Axis &d = s.axes[0], &h = s.axes[1], &w = s.axes[2];
      for (int kd = 0; kd < d.taps; ++kd)
        for (int kh = 0; kh < h.taps; ++kh)
          for (int kw = 0; kw < w.taps; ++kw, next += depth * packed_columns(b, panel))
            to[std::size_t((d.kernel[std::size_t(kd)] * b.c.kernel[1] + h.kernel[std::size_t(kh)]) *
                               b.c.kernel[2] +
                           w.kernel[std::size_t(kw)])] = next;
      start += s.taps() * b.c.groups * b.depth * packed_columns(b);
    }
  }
};

// Packs one panel of one depth block; `weight` is its first.
struct PanelPacking {
  const Blocking& b;
  WeightAt at;
  const float *weight, *end;
  std::int64_t depth, columns, width;
  bool past_caches;
  PackedTaps taps;

  void run() const {
    if (b.pass == ConvPass::forward) {  // all depths of a column follow each other
      for (std::int64_t column = 0; column < width; column += kPackBlock)
        transpose(column, 0, depth * at.depth, 64);
    } else if (at.column == 1) {
      for (std::int64_t i = 0; i < depth; ++i) copy_row(i);
    } else {
      for (std::int64_t i = 0; i < depth; ++i)
        for (std::int64_t column = 0; column < width; column += kPackBlock)
          transpose(column, i, at.column, at.depth);
    }
  }

 private:
  // `floats` weights of each column of a block, from depth `i` on.
  void transpose(std::int64_t column, std::int64_t i, std::int64_t floats,
                 std::int64_t ahead) const {
    const float* from = weight + i * at.depth + column * at.column;
    const std::int64_t block = std::min(kPackBlock, columns - column), last = all_taps(b.c) - 1;
    std::int64_t tap = 0, offset = i * width + column;
    const auto next = [&] {
      float* const to = taps.to[std::size_t(tap)] + offset;
      offset += tap == last ? width : 0;
      tap = tap == last ? 0 : tap + 1;
      return to;
    };
    const ColumnRuns runs{from, at.column, block, floats, end, ahead};
    if (past_caches)
      transpose_columns<true>(runs, width - column, next);
    else
      transpose_columns<false>(runs, width - column, next);
  }

  // A single tap: columns lie side by side already.
  void copy_row(std::int64_t i) const {
    const D d;
    const float* from = weight + i * at.depth;
    float* to = taps.to[0] + i * width;
    std::int64_t n = 0;
    for (; n + lanes() <= columns; n += lanes()) {
      hwy::Prefetch(from + 8 * at.depth + n);
      hn::Store(hn::LoadU(d, from + n), d, to + n);
    }
    for (; n < width; ++n) to[n] = n < columns ? from[n] : 0;
  }
};

// Weights that would not stay in a last cache until they are read.
constexpr std::int64_t kPackStreamFloats = 4 << 20;

inline void pack_weights(const Conv& conv, ConvPass pass, const float* weight, float* packed,
                         ThreadPool& pool) {
  const Blocking b = blocking(conv, pass);
  const WeightAt at = weight_at(b);
  const float* end = weight + b.c.groups * at.group;
  const bool past_caches = b.c.groups * at.group > kPackStreamFloats;
  pool.run(b.c.groups * b.depth_blocks * b.panels, [&](std::int64_t task, int) {
    const std::int64_t panel = task % b.panels, block = task / b.panels % b.depth_blocks;
    const std::int64_t group = task / (b.panels * b.depth_blocks);
    const std::int64_t first = block * b.depth_block;
    const std::int64_t depth = std::min(b.depth_block, b.depth - first);
    const float* from = weight + group * at.group + panel * b.panel * at.column + first * at.depth;
    const PackedTaps taps(b, packed, group, first, depth, panel);
    const std::int64_t columns = panel_columns(b, panel), width = packed_columns(b, panel);
    PanelPacking{b, at, from, end, depth, columns, width, past_caches, taps}.run();
    if (past_caches) hwy::FlushStream();
  });
}

inline std::size_t packed_floats(const Conv& conv, ConvPass pass) {
  const Blocking b = blocking(conv, pass);
  return std::size_t(all_taps(b.c) * b.c.groups * b.depth * packed_columns(b));
}

}  // namespace HWY_NAMESPACE
}  // namespace noyau::kernels
HWY_AFTER_NAMESPACE();

#endif
