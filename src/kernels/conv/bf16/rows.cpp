// The forward pass and the gradient of the input as blocked matrix products: rows are pixels of
// dst, columns its channels, the reduction runs over taps and pairs of channels of src. Blocks are
// those of conv/rows.cpp, but src is always copied, since it is rounded on the way.

#include <array>

#include "kernels/chunks.hpp"
#include "kernels/conv/bf16/bf16.hpp"
#include "kernels/conv/bf16/region.hpp"
#include "kernels/conv/bf16/tile.hpp"
#include "kernels/conv/rows.hpp"

namespace noyau::kernels {
namespace bf16 {
namespace {

constexpr std::int64_t kScratchPairs = std::int64_t(ThreadPool::kScratchBytes) / 8;  // half of it

// How a problem is cut. Everything here follows from the shape alone.
struct Blocking {
  Conv c;  // flattened where possible
  ConvPass pass;
  std::int64_t depth, columns;  // K and N: channels of src and dst
  std::int64_t panels;          // of kPanel columns
  bool merged;                  // taps along a row follow each other in memory
  std::int64_t depth_block, depth_blocks;
  std::int64_t rows, cols;  // pixels of dst per block
  std::int64_t row_blocks, col_blocks, column_splits;
  std::int64_t chain;  // blocks along a flattened row that a task takes one after the other
};

// Channels of src per pass over the panels: the packed weights of one panel and the pixels of a
// block share a small second-level cache.
std::int64_t depth_per_block(const Blocking& b) {
  constexpr std::int64_t kPanelPairs = 32 << 10, kMost = 1024;
  const std::int64_t fits = kPanelPairs * 2 / (volume(b.c.kernel) * kPanel) / 32 * 32;
  return std::min(b.depth, std::clamp<std::int64_t>(fits, 64, kMost));
}

// Copied positions along an axis that `positions` neighbours of dst read, in the widest phase.
std::int64_t widest_reach(const Blocking& b, std::size_t axis, std::int64_t positions) {
  if (b.c.kernel[axis] == 1) return positions;
  const std::int64_t span = (b.c.kernel[axis] - 1) * b.c.dilation[axis], step = b.c.stride[axis];
  return b.pass == ConvPass::forward ? (positions - 1) * step + span + 1
                                     : positions - 1 + span / step + 1;
}

std::int64_t region_pairs(const Blocking& b, std::int64_t rows, std::int64_t cols) {
  return b.c.kernel[0] * widest_reach(b, 1, rows) * widest_reach(b, 2, cols) *
         pixel_pairs(b.depth_block);
}

void block_pixels(Blocking& b, std::int64_t height, std::int64_t width) {
  // Weights are read once for so many. Few channels need few weights: then the rows that
  // neighbouring blocks both copy weigh more.
  const std::int64_t pixels = b.depth <= 16 ? 448 : 112;
  constexpr std::int64_t kRegionPairs = 64 << 10;  // 256 KiB: leaves room for the panels
  b.cols = std::min(width, pixels);
  while (b.depth_block > 64 &&
         region_pairs(b, 1, std::min<std::int64_t>(16, b.cols)) > kScratchPairs)
    b.depth_block = (b.depth_block / 2 + 31) / 32 * 32;
  while (b.cols > 28 && region_pairs(b, 1, b.cols) > kRegionPairs) b.cols = (b.cols + 1) / 2;
  while (b.cols > 16 && region_pairs(b, 1, b.cols) > kScratchPairs) b.cols = (b.cols + 1) / 2;
  b.rows = 1;
  while (b.rows < height && (b.rows + 1) * b.cols <= pixels &&
         region_pairs(b, b.rows + 1, b.cols) <= kRegionPairs)
    ++b.rows;
  b.row_blocks = divide_up(height, b.rows);
  b.col_blocks = divide_up(width, b.cols);
  b.cols = divide_up(width, b.col_blocks);
}

Blocking blocking(const Conv& conv, ConvPass pass) {
  constexpr std::int64_t kTasks = 24, kChain = 8;
  Blocking b;
  b.c = flattened(conv);
  b.pass = pass;
  const bool forward = pass == ConvPass::forward;
  b.depth = forward ? conv.in_channels : conv.out_channels;
  b.columns = forward ? conv.out_channels : conv.in_channels;
  b.panels = divide_up(b.columns, kPanel);
  b.merged = b.depth <= 64 && b.c.dilation[2] == 1;
  b.depth_block = b.merged ? b.depth : depth_per_block(b);
  const Sweep s = sweep(b.c, pass, 0);
  block_pixels(b, s.axes[1].count, s.axes[2].count);
  b.depth_blocks = divide_up(b.depth, b.depth_block);
  const std::int64_t tasks =
      b.c.batch * s.axes[0].count * b.row_blocks * b.col_blocks * phases(b.c, pass);
  b.column_splits =
      std::clamp<std::int64_t>(divide_up(kTasks, std::max<std::int64_t>(1, tasks)), 1, b.panels);
  const bool flat = b.c.kernel == Dims{1, 1, 1} && b.c.stride == Dims{1, 1, 1};
  b.chain = flat ? std::clamp<std::int64_t>(tasks / (2 * kTasks), 1, kChain) : 1;
  return b;
}

std::int64_t panel_columns(const Blocking& b, std::int64_t panel) {
  return std::min(kPanel, b.columns - panel * kPanel);
}
// A panel's packed width: whole vectors.
std::int64_t packed_columns(const Blocking& b, std::int64_t panel) {
  return round_up(panel_columns(b, panel), kLanes);
}
std::int64_t packed_columns(const Blocking& b) { return round_up(b.columns, kLanes); }

// Packed weights lie as [phase][depth block][panel][tap][pair][column]; depth_block is even unless
// it is all. Where those of one panel and depth block start:
struct PackedAt {
  std::int64_t phase_start, taps;
  std::int64_t operator()(const Blocking& b, std::int64_t first, std::int64_t depth,
                          std::int64_t panel) const {
    return phase_start + first / 2 * taps * packed_columns(b) +
           panel * kPanel * taps * divide_up(depth, 2);
  }
};

std::int64_t phase_pairs(const Blocking& b, std::int64_t taps) {
  return taps * divide_up(b.depth, 2) * packed_columns(b);
}

PackedAt packed_at(const Blocking& b, std::int64_t phase) {
  std::int64_t start = 0;
  for (std::int64_t p = 0; p < phase; ++p) start += phase_pairs(b, sweep(b.c, b.pass, p).taps());
  return {start, sweep(b.c, b.pass, phase).taps()};
}

// Packs one panel of one depth block.
class PanelPacking {
 public:
  PanelPacking(const Blocking& b, Pair* packed, std::int64_t first, std::int64_t panel, Pair* stage)
      : b_(b),
        taps_(volume(b.c.kernel)),
        first_(first),
        depth_(std::min(b.depth_block, b.depth - first)),
        panel_(panel),
        width_(packed_columns(b, panel)),
        stage_(stage) {
    std::int64_t start = 0;
    for (std::int64_t phase = 0; phase < phases(b.c, b.pass); ++phase) {
      const Sweep s = sweep(b.c, b.pass, phase);
      find_taps(s, packed + PackedAt{start, s.taps()}(b, first, depth_, panel));
      start += phase_pairs(b, s.taps());
    }
  }

  void run(const float* weight) {
    if (b_.pass == ConvPass::forward)
      pack_columns(weight);
    else
      pack_rows(weight);
  }

 private:
  void find_taps(const Sweep& s, Pair* next) {
    const Axis &d = s.axes[0], &h = s.axes[1], &w = s.axes[2];
    for (int kd = 0; kd < d.taps; ++kd)
      for (int kh = 0; kh < h.taps; ++kh)
        for (int kw = 0; kw < w.taps; ++kw, next += divide_up(depth_, 2) * width_)
          to_[std::size_t((d.kernel[std::size_t(kd)] * b_.c.kernel[1] + h.kernel[std::size_t(kh)]) *
                              b_.c.kernel[2] +
                          w.kernel[std::size_t(kw)])] = next;
  }

  // [column][depth][tap]: a column's depths follow each other. Few at a time, so that what they
  // are strewn over stays in the first-level cache.
  void pack_columns(const float* weight) {
    const std::int64_t most = std::max<std::int64_t>(2, 256 / taps_ / 2 * 2);
    const std::int64_t columns = panel_columns(b_, panel_);
    for (std::int64_t k = 0; k < depth_; k += most) {
      const std::int64_t count = std::min(most, depth_ - k);
      for (std::int64_t n = 0; n < width_; ++n) {
        if (n < columns) {
          const std::int64_t column = b_.depth * taps_;
          const float* from = weight + (panel_ * kPanel + n) * column + (first_ + k) * taps_;
          fetch(from + kFetchColumns * column, count * taps_);
          pair_depths(from, count);
        } else {
          std::fill_n(stage_, count * taps_, Pair{0});
        }
        for (std::int64_t i = 0; i < count; i += 2)
          for (std::int64_t tap = 0; tap < taps_; ++tap)
            to_[std::size_t(tap)][(k + i) / 2 * width_ + n] = stage_[i * taps_ + tap];
      }
    }
  }

  // Each number of [depth][tap] with that of the same tap of the next depth.
  void pair_depths(const float* from, std::int64_t count) {
    pair_rows(from, from + taps_, (count - 1) * taps_, stage_);
    if (count % 2 == 1)
      pair_rows(from + (count - 1) * taps_, nullptr, taps_, stage_ + (count - 1) * taps_);
  }

  // [depth][column][tap]: the columns of two depths are paired as they lie.
  void pack_rows(const float* weight) {
    const std::int64_t columns = panel_columns(b_, panel_), row = b_.columns * taps_;
    std::fill_n(stage_ + columns * taps_, (width_ - columns) * taps_, Pair{0});
    for (std::int64_t k = 0; k < depth_; k += 2) {
      const float* from = weight + (first_ + k) * row + panel_ * kPanel * taps_;
      fetch(from + kFetchRows * row, columns * taps_);
      fetch(from + (kFetchRows + 1) * row, columns * taps_);
      pair_rows(from, k + 1 < depth_ ? from + row : nullptr, columns * taps_, stage_);
      for (std::int64_t tap = 0; tap < taps_; ++tap) {
        Pair* to = to_[std::size_t(tap)] + k / 2 * width_;
        for (std::int64_t n = 0; n < width_; ++n) to[n] = stage_[n * taps_ + tap];
      }
    }
  }

  // Caches do not foresee strides.
  static constexpr std::int64_t kFetchColumns = 2, kFetchRows = 8;
  static void fetch(const float* from, std::int64_t n) {
    for (std::int64_t i = 0; i < n; i += 16) __builtin_prefetch(from + i);
  }

  const Blocking& b_;
  std::int64_t taps_, first_, depth_, panel_, width_;
  Pair* stage_;
  std::array<Pair*, kMaxWindow> to_;
};

void pack_weights(const Conv& conv, ConvPass pass, const float* weight, Pair* packed,
                  ThreadPool& pool) {
  const Blocking b = blocking(conv, pass);
  pool.run(b.depth_blocks * b.panels, [&](std::int64_t task, int worker) {
    auto* stage = reinterpret_cast<Pair*>(pool.scratch(worker));
    PanelPacking(b, packed, task / b.panels * b.depth_block, task % b.panels, stage).run(weight);
  });
}

// One task: blocks of pixels of one image, for some of the panels of one phase.
struct Task {
  std::int64_t phase, image, slice, row, first_block, last_block, panel_first, panel_last;
};

class Worker {
 public:
  Worker(const Blocking& b, const RowOperands& o, Pair* region)
      : b_(b), o_(o), packed_(reinterpret_cast<const Pair*>(o.packed)), region_(region) {}

  void run(const Task& task) {
    task_ = task;
    sweep_ = sweep(b_.c, b_.pass, task.phase);
    at_ = packed_at(b_, task.phase);
    rows_ = std::min(b_.rows, sweep_.axes[1].count - task.row);
    if (task.slice >= sweep_.axes[0].count || rows_ <= 0) return;
    for (std::int64_t block = task.first_block; block < task.last_block; ++block) {
      col_ = block * b_.cols;
      cols_ = std::min(b_.cols, sweep_.axes[2].count - col_);
      more_ = block + 1 < task.last_block;
      if (cols_ > 0) run_block();
    }
  }

 private:
  void run_block() {
    for (std::int64_t first = 0; first < b_.depth; first += b_.depth_block) {
      first_ = first;
      depth_ = std::min(b_.depth_block, b_.depth - first);
      copy_source();
      // As many panels as the second-level cache holds serve a tile one after the other, so that
      // its pixels of src are read, and whole stretches of dst written, at once.
      const std::int64_t group = std::clamp<std::int64_t>(
          kCachedPairs / std::max<std::int64_t>(1, sweep_.taps() * depth_ / 2 * kPanel), 1,
          b_.panels);
      for (std::int64_t p0 = task_.panel_first; p0 < task_.panel_last; p0 += group)
        run_tiles(p0, std::min(p0 + group, task_.panel_last));
    }
  }

  void copy_source() {
    const Axis &d = sweep_.axes[0], &h = sweep_.axes[1], &w = sweep_.axes[2];
    // A single tap skips what no pixel of dst reads.
    const std::int64_t h_step = h.taps == 1 ? h.src_step : 1, w_step = w.taps == 1 ? w.src_step : 1;
    Region r;
    r.first = {task_.slice * d.src_step + d.offset[0], task_.row * h.src_step + h.offset[0],
               col_ * w.src_step + w.offset[0]};
    r.step = {d.taps > 1 ? d.offset[1] - d.offset[0] : 1, h_step, w_step};
    r.extent = {d.taps, h.taps == 0 ? 0 : (h.reach(rows_) - 1) / h_step + 1,
                w.taps == 0 ? 0 : (w.reach(cols_) - 1) / w_step + 1};
    r.channel = first_;
    r.channels = depth_;
    r.pixel = pixel_pairs(depth_);
    const std::int64_t image = d.src_extent * h.src_extent * w.src_extent * b_.depth;
    const float* src = o_.src + task_.image * image;
    if (sweep_.taps() > 0) copy_rounded(src, sweep_.axes, b_.depth, r, region_);
    tile_.a_row = w.src_step / w_step * r.pixel;
    row_step_ = h.src_step / h_step * r.extent[2] * r.pixel;
    find_entries(r);
    // In a chain the next block's pixels follow this one's.
    ahead_ = src + (col_ + cols_) * b_.depth;
    fetch_ = more_ && b_.depth_blocks == 1;
  }

  // Where each tap, or each row of them, starts in the region.
  void find_entries(const Region& r) {
    const Axis &d = sweep_.axes[0], &h = sweep_.axes[1], &w = sweep_.axes[2];
    const int merge = b_.merged ? std::max(1, w.taps) : 1;
    tile_.entry = entry_.data();
    tile_.entries = 0;
    tile_.pairs = divide_up(depth_, 2) * merge;
    for (int kd = 0; kd < d.taps; ++kd)
      for (int kh = 0; kh < h.taps; ++kh)
        for (int kw = 0; kw < w.taps; kw += merge)
          entry_[std::size_t(tile_.entries++)] =
              ((kd * r.extent[1] + h.offset[std::size_t(kh)] - h.offset[0]) * r.extent[2] +
               w.offset[std::size_t(kw)] - w.offset[0]) *
              r.pixel;
  }

  void run_tiles(std::int64_t panel_first, std::int64_t panel_last) {
    const std::int64_t tiles = divide_up(cols_, kMaxRows);
    for (std::int64_t q = 0; q < rows_; ++q)
      for (std::int64_t i = 0; i < tiles; ++i)
        for (std::int64_t panel = panel_first; panel < panel_last; ++panel)
          run_tile(panel, q, cut(cols_, tiles, i), cut(cols_, tiles, i + 1));
  }

  // Columns of one panel for pixels r0 to r1 of row q.
  void run_tile(std::int64_t panel, std::int64_t q, std::int64_t r0, std::int64_t r1) {
    const Axis &d = sweep_.axes[0], &h = sweep_.axes[1], &w = sweep_.axes[2];
    const Dims& extent = b_.pass == ConvPass::forward ? b_.c.out : b_.c.in;
    const std::int64_t dst_row =
        ((task_.image * extent[0] + d.dst_first + task_.slice * d.dst_step) * extent[1] +
         h.dst_first + (task_.row + q) * h.dst_step) *
        extent[2];
    const std::int64_t column = panel * kPanel;
    const std::int64_t at =
        (dst_row + w.dst_first + (col_ + r0) * w.dst_step) * b_.columns + column;
    const bool last = first_ + depth_ == b_.depth;
    const float* start = first_ == 0 ? o_.residual : o_.dst;
    tile_.columns = panel_columns(b_, panel);
    tile_.a = region_ + q * row_step_ + r0 * tile_.a_row;
    tile_.b = packed_ + at_(b_, first_, depth_, panel);
    tile_.c = o_.dst + at;
    tile_.c_row = w.dst_step * b_.columns;
    tile_.start = start == nullptr ? nullptr : start + at;
    tile_.bias = last && o_.bias != nullptr ? o_.bias + column : nullptr;
    tile_.activation = last ? b_.c.activation : Activation::none;
    fetch_ahead(panel - task_.panel_first, r0);
    row_tile(tile_, r1 - r0, divide_up(tile_.columns, kLanes));
  }

  // The first two panels fetch what takes the place of this tile's pixels in the next block.
  void fetch_ahead(std::int64_t panel, std::int64_t r0) {
    constexpr std::int64_t kPixels = kLanes / 2;  // that one panel fetches, a line for each pair
    tile_.ahead = fetch_ ? ahead_ + (r0 + panel * kPixels) * b_.depth : o_.src;
    tile_.ahead_step = fetch_ && panel < 2 ? kLanes : 0;
  }

  static constexpr std::int64_t kCachedPairs = 64 << 10;

  const Blocking& b_;
  const RowOperands& o_;
  const Pair* packed_;
  Pair* region_;
  Task task_{};
  Sweep sweep_;
  PackedAt at_{};
  std::int64_t rows_ = 0, col_ = 0, cols_ = 0, first_ = 0, depth_ = 0, row_step_ = 0;
  bool more_ = false, fetch_ = false;
  const float* ahead_ = nullptr;
  RowTile tile_{};
  std::array<std::int64_t, kMaxWindow> entry_;
};

void run_rows(const Conv& conv, ConvPass pass, const RowOperands& operands, ThreadPool& pool) {
  const Blocking b = blocking(conv, pass);
  const std::int64_t slices = sweep(b.c, pass, 0).axes[0].count;
  const std::int64_t chains = divide_up(b.col_blocks, b.chain);
  const std::int64_t extents[] = {b.column_splits, chains,    b.row_blocks,
                                  slices,          b.c.batch, phases(b.c, pass)};
  std::int64_t count = 1;
  for (const std::int64_t extent : extents) count *= extent;
  pool.run(count, [&](std::int64_t index, int worker) {
    std::int64_t at[6];
    for (int i = 0; i < 6; ++i) {
      at[i] = index % extents[i];
      index /= extents[i];
    }
    const Task task{.phase = at[5],
                    .image = at[4],
                    .slice = at[3],
                    .row = at[2] * b.rows,
                    .first_block = at[1] * b.chain,
                    .last_block = std::min((at[1] + 1) * b.chain, b.col_blocks),
                    .panel_first = cut(b.panels, b.column_splits, at[0]),
                    .panel_last = cut(b.panels, b.column_splits, at[0] + 1)};
    Worker(b, operands, reinterpret_cast<Pair*>(pool.scratch(worker))).run(task);
  });
}

template <ConvPass pass>
void run(const Problem& problem, const Args& args) noexcept {
  const auto& c = std::get<Conv>(problem);
  Conv plain = c;
  if (pass == ConvPass::grad_input) plain.activation = Activation::none;
  run_rows(plain, pass, row_operands(c, args), args.pool);
}

template <ConvPass pass>
void pack(const Problem& problem, const void* weight, void* packed, ThreadPool& pool) noexcept {
  pack_weights(std::get<Conv>(problem), pass, static_cast<const float*>(weight),
               static_cast<Pair*>(packed), pool);
}

template <ConvPass pass>
std::size_t packed_bytes(const Problem& problem) {
  const Blocking b = blocking(std::get<Conv>(problem), pass);
  return std::size_t(phase_pairs(b, volume(b.c.kernel))) * sizeof(Pair);
}

template <ConvPass pass>
std::string refuse(const Problem& problem) {
  return refuse_bf16(problem, pass);
}

}  // namespace
}  // namespace bf16

constinit const Kernel kConvBf16 = {.family = "conv",
                                    .name = "bf16",
                                    .refuse = bf16::refuse<ConvPass::forward>,
                                    .run = bf16::run<ConvPass::forward>,
                                    .packed_bytes = bf16::packed_bytes<ConvPass::forward>,
                                    .pack = bf16::pack<ConvPass::forward>,
                                    .in_place = kResidual};

constinit const Kernel kConvGradInputBf16 = {
    .family = "conv_grad_input",
    .name = "bf16",
    .refuse = bf16::refuse<ConvPass::grad_input>,
    .run = bf16::run<ConvPass::grad_input>,
    .packed_bytes = bf16::packed_bytes<ConvPass::grad_input>,
    .pack = bf16::pack<ConvPass::grad_input>,
    .in_place = kResidual};

}  // namespace noyau::kernels
