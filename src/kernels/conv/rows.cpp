// The forward pass and the gradient of the input as blocked matrix products: rows are pixels of
// dst, columns its channels, the reduction runs over taps and channels of src.

#include "kernels/simd.hpp"
// The macros above come before Highway.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/conv/rows.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/conv/conv.hpp"
#include "kernels/conv/norm_sums-inl.hpp"
#include "kernels/conv/pack-inl.hpp"
#include "kernels/conv/region-inl.hpp"
#include "kernels/conv/rows.hpp"
#include "kernels/conv/tile-inl.hpp"
#include "kernels/norm/carried.hpp"

HWY_BEFORE_NAMESPACE();
namespace noyau::kernels {
namespace HWY_NAMESPACE {

template <bool kBeside>
struct RowInstances {
  template <int MR, int NV>
  struct Instance {
    static void function(const RowTile& t) { row_tile<MR, NV, kBeside>(t); }
  };
};
using RowFn = void (*)(const RowTile&);
template <bool kBeside>
constexpr auto kRowTiles = tile_table<RowInstances<kBeside>::template Instance, RowFn>(
    std::make_integer_sequence<int, kVectors>());

std::int64_t all_taps(const Conv& c) { return c.kernel[0] * c.kernel[1] * c.kernel[2]; }

// How a problem is cut. Everything here follows from the shape, the instruction set and the variant
// alone, and the variant changes no sum.
struct Blocking {
  Conv c;  // flattened where possible
  ConvPass pass;
  std::int64_t depth, columns;  // K and N of one group
  std::int64_t src_channels, dst_channels;
  std::int64_t panel, panels;  // columns per panel, panels per group
  bool direct;                 // read src in place: no padding, no harmful stride
  bool staged;                 // likewise, but tiles are normalised into a panel just before
  bool merged;                 // taps along a row follow each other in memory
  bool few_pixels;             // each weight is read but a few times
  std::int64_t depth_block, depth_blocks;
  std::int64_t rows, cols;  // pixels of dst per task
  std::int64_t row_blocks, col_blocks, column_splits;
};

// Channels of src per pass over the panels: the packed weights of one panel stay within half of a
// small second-level cache.
std::int64_t depth_per_block(const Blocking& b) {
  constexpr std::int64_t kPanelBytes = 128 << 10;
  if (b.merged) return b.depth;
  const std::int64_t taps = b.c.kernel[0] * b.c.kernel[1] * b.c.kernel[2];
  const std::int64_t fits = kPanelBytes / (taps * b.panel * 4) / 16 * 16;
  return std::min(b.depth, std::max<std::int64_t>(64, fits));
}

// Source positions along an axis that `positions` neighbours of dst read, in the widest phase.
std::int64_t widest_reach(const Blocking& b, std::size_t axis, std::int64_t positions) {
  const std::int64_t span = (b.c.kernel[axis] - 1) * b.c.dilation[axis], step = b.c.stride[axis];
  return b.pass == ConvPass::forward ? (positions - 1) * step + span + 1
                                     : positions - 1 + span / step + 1;
}

std::int64_t region_floats(const Blocking& b, std::int64_t rows, std::int64_t cols) {
  return b.c.kernel[0] * widest_reach(b, 1, rows) * widest_reach(b, 2, cols) *
         panel_pixel(b.depth_block);
}

// Weights, in floats, that stay in the second-level cache while tiles use them one after the other.
constexpr std::int64_t kCachedWeights = 64 << 10;

// Pixels of dst per task: weights are read once for so many. Where all weights stay in the
// second-level cache, tasks are larger, as long as there are many: what each begins with would
// weigh more than its few multiply-adds.
std::int64_t pixels_per_task(const Blocking& b, std::int64_t height, std::int64_t width) {
  constexpr std::int64_t kPixels = 112, kMostPixels = 448, kTasks = 64;
  if (all_taps(b.c) * b.depth * b.columns > kCachedWeights) return kPixels;
  return std::clamp(b.c.batch * height * width / kTasks, kPixels, kMostPixels);
}

void block_pixels(Blocking& b, std::int64_t height, std::int64_t width) {
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

Blocking blocking(const Conv& conv, ConvPass pass) {
  Blocking b;
  b.c = flattened(conv);
  b.pass = pass;
  const bool forward = pass == ConvPass::forward;
  b.src_channels = forward ? conv.in_channels : conv.out_channels;
  b.dst_channels = forward ? conv.out_channels : conv.in_channels;
  b.depth = b.src_channels / conv.groups;
  b.columns = b.dst_channels / conv.groups;
  b.panel = kVectors * lanes();
  b.panels = ceil_div(b.columns, b.panel);
  const Sweep s = sweep(b.c, pass, 0);
  const bool one_tap = is_pointwise(b.c);
  b.staged = one_tap && forward && conv.normalised;
  b.direct = one_tap && !b.staged && (b.src_channels % 1024 != 0) != (b.c.variant == kOtherReading);
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

std::int64_t panel_columns(const Blocking& b, std::int64_t panel) {
  return std::min(b.panel, b.columns - panel * b.panel);
}
// A panel's packed width: whole vectors.
std::int64_t packed_columns(const Blocking& b, std::int64_t panel) {
  return ceil_div(panel_columns(b, panel), lanes()) * lanes();
}
std::int64_t packed_columns(const Blocking& b) {
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

PackedAt packed_at(const Blocking& b, std::int64_t phase) {
  std::int64_t start = 0;
  for (std::int64_t p = 0; p < phase; ++p)
    start += sweep(b.c, b.pass, p).taps() * b.c.groups * b.depth * packed_columns(b);
  return {start, sweep(b.c, b.pass, phase).taps()};
}

// Weights OIDHW: how far apart neighbours along depth and columns are.
struct WeightAt {
  std::int64_t group, depth, column;
};
WeightAt weight_at(const Blocking& b) {
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

void pack_weights(const Conv& conv, ConvPass pass, const float* weight, float* packed,
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

std::size_t packed_floats(const Conv& conv, ConvPass pass) {
  const Blocking b = blocking(conv, pass);
  return std::size_t(all_taps(b.c) * b.c.groups * b.depth * packed_columns(b));
}

// One task: a block of pixels of one image, for some of the panels of one group and phase.
struct Task {
  std::int64_t phase, group, image, slice, row, col, rows, cols, panel_first, panel_last;
  std::int64_t piece;       // of the sums for a norm: the block of pixels
  std::int64_t next_panel;  // the first of the next task
};

class Worker {
 public:
  Worker(const Blocking& b, const RowOperands& o, float* panel)
      : b_(b),
        src_(o.src),
        packed_(o.packed),
        bias_(o.bias),
        residual_(o.residual),
        norm_(o.norm),
        sums_(o.sums),
        dst_(o.dst),
        panel_(panel) {}

  void run(const Task& task) {
    task_ = task;
    if (sums_.mean != nullptr) start_sums();
    if (task.rows <= 0 || task.cols <= 0) return;
    sweep_ = sweep(b_.c, b_.pass, task.phase);
    const PackedAt at = packed_at(b_, task.phase);
    for (std::int64_t block = 0; block < b_.depth_blocks; ++block) {
      const std::int64_t first = block * b_.depth_block;
      const std::int64_t depth = std::min(b_.depth_block, b_.depth - first);
      locate(first, depth);
      first_block_ = block == 0;
      last_block_ = block + 1 == b_.depth_blocks;
      const auto weights = [&](std::int64_t panel) {
        return packed_ + at(b_, task.group, first, depth, panel);
      };
      // As many panels as the second-level cache holds serve a tile one after the other, so that
      // its pixels of src are read, and whole stretches of dst written, at once.
      const std::int64_t group = std::clamp<std::int64_t>(
          kCachedWeights / std::max<std::int64_t>(1, sweep_.taps() * depth * b_.panel), 1,
          b_.panels);
      keep_staged_ = group < task.panel_last - task.panel_first;
      for (std::int64_t first_panel = task.panel_first; first_panel < task.panel_last;
           first_panel += group) {
        const std::int64_t last_panel = std::min(first_panel + group, task.panel_last);
        std::int64_t tile = 0;
        each_tile(max_rows(first_panel), [&](std::int64_t q, std::int64_t r0, std::int64_t r1) {
          if (b_.staged && first_panel == task.panel_first) stage(first, depth, r0, r1);
          for (std::int64_t panel = first_panel; panel < last_panel; ++panel) {
            fetch_pixels(panel, r1);
            if (b_.few_pixels) fetch_weights(weights, panel, group, tile);
            run_tile(panel, weights(panel), q, r0, r1);
          }
          ++tile;
        });
      }
    }
  }

 private:
  // Finds the piece's sums; those of the columns of the task become zeros.
  void start_sums() {
    const std::int64_t first = task_.panel_first * b_.panel;
    const std::int64_t count = std::min(task_.panel_last * b_.panel, b_.columns) - first;
    sums_.first += task_.piece * 2 * b_.dst_channels;
    sums_.second = sums_.first + b_.dst_channels;
    for (float* sums : {sums_.first, sums_.second})
      std::fill_n(sums + task_.group * b_.columns + first, count, 0.0f);
  }

  // Points the tile at the block's source pixels, copied into the worker's panel where needed.
  void locate(std::int64_t first, std::int64_t depth) {
    const Axis &d = sweep_.axes[0], &h = sweep_.axes[1], &w = sweep_.axes[2];
    if (b_.direct || b_.staged) {
      pixels_ = src_ + task_.col * b_.src_channels + task_.group * b_.depth + first;
      base_ = b_.direct ? pixels_ : panel_;
      tile_.a_row = b_.direct ? b_.src_channels : panel_pixel(depth);
      tile_.entries = 1;
      tile_.depth = depth;
      entry_[0] = 0;
      return;
    }
    const std::int64_t image = d.src_extent * h.src_extent * w.src_extent * b_.src_channels;
    Region r;
    r.depth_step = d.taps > 1 ? d.offset[1] - d.offset[0] : 1;
    r.first = {task_.slice * d.src_step + d.offset[0], task_.row * h.src_step + h.offset[0],
               task_.col * w.src_step + w.offset[0]};
    r.extent = {d.taps, h.taps == 0 ? 0 : h.reach(task_.rows),
                w.taps == 0 ? 0 : w.reach(task_.cols)};
    r.channel = task_.group * b_.depth + first;
    r.channels = depth;
    r.pixel = panel_pixel(depth);
    r.norm = norm_;
    if (sweep_.taps() > 0)
      copy_region(src_ + task_.image * image, sweep_.axes, b_.src_channels, r, panel_);
    base_ = panel_;
    tile_.a_row = w.src_step * r.pixel;
    row_step_ = h.src_step * r.extent[2] * r.pixel;
    const int merge = b_.merged ? w.taps : 1;
    tile_.entries = 0;
    tile_.depth = depth * merge;
    for (int kd = 0; kd < d.taps; ++kd)
      for (int kh = 0; kh < h.taps; ++kh)
        for (int kw = 0; kw < w.taps; kw += merge)
          entry_[std::size_t(tile_.entries++)] =
              ((kd * r.extent[1] + h.offset[std::size_t(kh)] - h.offset[0]) * r.extent[2] +
               w.offset[std::size_t(kw)] - w.offset[0]) *
              r.pixel;
  }

  // Normalises pixels r0 to r1 of the only row; the tile before has fetched them.
  void stage(std::int64_t first, std::int64_t depth, std::int64_t r0, std::int64_t r1) {
    copy_normalised(norm_.from(task_.group * b_.depth + first),
                    {pixels_ + r0 * b_.src_channels, b_.src_channels,
                     panel_ + first_row(r0) * tile_.a_row, tile_.a_row, r1 - r0, depth});
  }

  // Of a tile, from base_. A tile that no later panels read makes room for the next, which stays
  // in the first-level cache.
  std::int64_t first_row(std::int64_t r0) const { return b_.staged && !keep_staged_ ? 0 : r0; }

  std::int64_t max_rows(std::int64_t panel) const {
    return kMaxRows[std::size_t(ceil_div(panel_columns(b_, panel), lanes()))];
  }

  template <class F>
  void each_tile(std::int64_t most, F&& f) const {
    const std::int64_t tiles = ceil_div(task_.cols, most);
    for (std::int64_t q = 0; q < task_.rows; ++q)
      for (std::int64_t i = 0; i < tiles; ++i)
        f(q, cut(task_.cols, tiles, i), cut(task_.cols, tiles, i + 1));
  }

  // Without a copied region, the pixels of the next tile follow those of this one.
  void fetch_pixels(std::int64_t panel, std::int64_t r1) {
    const bool fetch =
        (b_.direct || b_.staged) && panel == task_.panel_first && b_.depth == b_.src_channels;
    tile_.ahead = fetch ? pixels_ + r1 * b_.src_channels : base_;
    tile_.ahead_step = fetch ? 16 : 0;
  }

  // Where pixels are few, a tile fetches a stretch of the weights that take the place of its own:
  // they come from memory, the pixels stay in the second-level cache.
  template <class Weights>
  void fetch_weights(const Weights& weights, std::int64_t panel, std::int64_t group,
                     std::int64_t tile) {
    const std::int64_t later = panel + group < task_.panel_last
                                   ? panel + group
                                   : task_.next_panel + (panel - task_.panel_first) % group;
    const std::int64_t floats = tile_.entries * tile_.depth * 16;
    if (later == panel || later >= b_.panels || tile * 16 >= packed_columns(b_, later)) return;
    tile_.ahead = weights(later) + tile * floats;
    tile_.ahead_step = 16;
  }

  // Columns of one panel for pixels r0 to r1 of row q.
  void run_tile(std::int64_t panel, const float* weights, std::int64_t q, std::int64_t r0,
                std::int64_t r1) {
    const Axis &d = sweep_.axes[0], &h = sweep_.axes[1], &w = sweep_.axes[2];
    const Dims& extent = b_.pass == ConvPass::forward ? b_.c.out : b_.c.in;
    const std::int64_t column = task_.group * b_.columns + panel * b_.panel;
    const std::int64_t dst_row =
        ((task_.image * extent[0] + d.dst_first + task_.slice * d.dst_step) * extent[1] +
         h.dst_first + (task_.row + q) * h.dst_step) *
        extent[2];
    tile_.columns = panel_columns(b_, panel);
    tile_.entry = entry_.data();
    tile_.b = weights;
    tile_.c_row = w.dst_step * b_.dst_channels;
    tile_.bias = last_block_ && bias_ != nullptr ? bias_ + column : nullptr;
    tile_.activation = last_block_ ? b_.c.activation : Activation::none;
    tile_.a = base_ + q * row_step_ + first_row(r0) * tile_.a_row;
    tile_.c =
        dst_ + (dst_row + w.dst_first + (task_.col + r0) * w.dst_step) * b_.dst_channels + column;
    const float* begin = first_block_ ? residual_ : dst_;
    tile_.start = begin == nullptr ? nullptr : begin + (tile_.c - dst_);
    const auto vectors = std::size_t(ceil_div(tile_.columns, lanes()));
    const bool with_sums = last_block_ && sums_.mean != nullptr;
    const NormSums sums = with_sums ? sums_.from(column, tile_.c - dst_) : NormSums{};
    tile_.beside = {sums.x, sums.y != nullptr ? sums.y : sums.x};
    const auto& tiles = sums.x != nullptr ? kRowTiles<true> : kRowTiles<false>;
    tiles[vectors - 1][std::size_t(r1 - r0 - 1)](tile_);
    if (with_sums) add_to_sums(sums, {tile_.c, tile_.c_row, r1 - r0, tile_.columns});
  }

  const Blocking& b_;
  const float *src_, *packed_, *bias_, *residual_;
  SourceNorm norm_;
  NormSums sums_;  // of the task's piece
  float *dst_, *panel_;
  Task task_{};
  Sweep sweep_;
  const float *base_ = nullptr, *pixels_ = nullptr;
  std::int64_t row_step_ = 0;
  bool first_block_ = true, last_block_ = true;
  bool keep_staged_ = false;  // there are more panels than are done together
  RowTile tile_{};
  std::array<std::int64_t, kMaxWindow> entry_;
};

// Blocks of pixels of all images, for one phase.
std::int64_t pixel_blocks(const Blocking& b) {
  return b.c.batch * sweep(b.c, b.pass, 0).axes[0].count * b.row_blocks * b.col_blocks;
}

std::int64_t sum_pieces(const Conv& conv, ConvPass pass) {
  const Blocking b = blocking(conv, pass);
  return pixel_blocks(b) * phases(b.c, pass);
}

void run_rows(const Conv& conv, ConvPass pass, const RowOperands& operands, ThreadPool& pool) {
  const Blocking b = blocking(conv, pass);
  const std::int64_t slices = sweep(b.c, pass, 0).axes[0].count;
  const std::int64_t extents[] = {b.column_splits, b.col_blocks, b.row_blocks,     slices,
                                  b.c.batch,       b.c.groups,   phases(b.c, pass)};
  std::int64_t count = 1;
  for (const std::int64_t extent : extents) count *= extent;
  pool.run(count, [&](std::int64_t index, int worker) {
    const std::int64_t block = index / b.column_splits, blocks = pixel_blocks(b);
    std::int64_t at[7];
    for (int i = 0; i < 7; ++i) {
      at[i] = index % extents[i];
      index /= extents[i];
    }
    Task task;
    task.phase = at[6];
    task.group = at[5];
    task.image = at[4];
    task.slice = at[3];
    task.row = at[2] * b.rows;
    task.col = at[1] * b.cols;
    task.panel_first = cut(b.panels, b.column_splits, at[0]);
    task.panel_last = cut(b.panels, b.column_splits, at[0] + 1);
    task.next_panel = cut(b.panels, b.column_splits, (at[0] + 1) % b.column_splits);
    task.piece = task.phase * blocks + block % blocks;
    const Sweep s = sweep(b.c, pass, task.phase);
    task.rows = task.slice < s.axes[0].count ? std::min(b.rows, s.axes[1].count - task.row) : 0;
    task.cols = std::min(b.cols, s.axes[2].count - task.col);
    Worker(b, operands, reinterpret_cast<float*>(pool.scratch(worker))).run(task);
  });
}

}  // namespace HWY_NAMESPACE
}  // namespace noyau::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace noyau::kernels {

HWY_EXPORT(run_rows);
HWY_EXPORT(sum_pieces);
HWY_EXPORT(pack_weights);
HWY_EXPORT(packed_floats);

namespace {

// The last is for pixels that can be read in place or copied. Where a task's pixels are also a
// piece of the sums for a norm, they stay as they are.
int variants(const Problem& problem) {
  const auto& c = std::get<Conv>(problem);
  if (c.statistics || c.norm_grad) return kFewTasks + 1;
  return is_pointwise(c) && !c.normalised ? kOtherReading + 1 : kFewerPixels + 1;
}

// Pieces of the sums for a norm; 0 when there are none to be made.
std::int64_t pieces_of(const Conv& c, ConvPass pass) {
  const bool sums = pass == ConvPass::forward ? c.statistics : c.norm_grad;
  return sums ? HWY_DYNAMIC_DISPATCH(sum_pieces)(c, pass) : 0;
}

void run_forward(const Problem& problem, const Args& args) noexcept {
  const auto& c = std::get<Conv>(problem);
  auto* sums = reinterpret_cast<float*>(args.scratch);
  RowOperands operands = row_operands(c, args);
  operands.norm = source_norm(c, args, kInMean);
  if (c.statistics) operands.sums = statistics_sums(args, sums);
  HWY_DYNAMIC_DISPATCH(run_rows)(c, ConvPass::forward, operands, args.pool);
  if (c.statistics) finish_statistics(c, args, sums, pieces_of(c, ConvPass::forward));
}

void run_grad_input(const Problem& problem, const Args& args) noexcept {
  const auto& c = std::get<Conv>(problem);
  auto* sums = reinterpret_cast<float*>(args.scratch);
  Conv plain = c;
  plain.activation = Activation::none;
  RowOperands operands = row_operands(c, args);
  if (c.norm_grad) operands.sums = norm_grad_sums(c, args, sums);
  HWY_DYNAMIC_DISPATCH(run_rows)(plain, ConvPass::grad_input, operands, args.pool);
  if (c.norm_grad) finish_norm_grad(c, args, sums, pieces_of(c, ConvPass::grad_input));
}

template <ConvPass pass>
std::size_t scratch_bytes(const Problem& problem) {
  const auto& c = std::get<Conv>(problem);
  return piece_sums_bytes(pieces_of(c, pass),
                          pass == ConvPass::forward ? c.out_channels : c.in_channels);
}

template <ConvPass pass>
void pack(const Problem& problem, const void* weight, void* packed, ThreadPool& pool) noexcept {
  HWY_DYNAMIC_DISPATCH(pack_weights)
  (std::get<Conv>(problem), pass, static_cast<const float*>(weight), static_cast<float*>(packed),
   pool);
}

template <ConvPass pass>
std::size_t packed_bytes(const Problem& problem) {
  return HWY_DYNAMIC_DISPATCH(packed_floats)(std::get<Conv>(problem), pass) * sizeof(float);
}

}  // namespace

constinit const Kernel kConvRows = {.family = "conv",
                                    .name = "brgemm",
                                    .refuse = refuse_blocked,
                                    .scratch_bytes = scratch_bytes<ConvPass::forward>,
                                    .run = run_forward,
                                    .packed_bytes = packed_bytes<ConvPass::forward>,
                                    .pack = pack<ConvPass::forward>,
                                    .in_place = kResidual,
                                    .variants = variants};

constinit const Kernel kConvGradInputRows = {.family = "conv_grad_input",
                                             .name = "brgemm",
                                             .refuse = refuse_blocked,
                                             .scratch_bytes = scratch_bytes<ConvPass::grad_input>,
                                             .run = run_grad_input,
                                             .packed_bytes = packed_bytes<ConvPass::grad_input>,
                                             .pack = pack<ConvPass::grad_input>,
                                             .in_place = kResidual,
                                             .variants = variants};

}  // namespace noyau::kernels
#endif
