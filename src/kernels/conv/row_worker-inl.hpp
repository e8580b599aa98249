// One task of the row passes: a block of pixels, from its copy in a panel to the tiles of dst.
// Compiled per instruction set.

#if defined(NOYAU_KERNELS_CONV_ROW_WORKER_INL_HPP_) == defined(HWY_TARGET_TOGGLE)
#ifdef NOYAU_KERNELS_CONV_ROW_WORKER_INL_HPP_
#undef NOYAU_KERNELS_CONV_ROW_WORKER_INL_HPP_
#else
#define NOYAU_KERNELS_CONV_ROW_WORKER_INL_HPP_
#endif

#include <hwy/highway.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <utility>

#include "kernels/conv/norm_sums-inl.hpp"
#include "kernels/conv/region-inl.hpp"
#include "kernels/conv/row_blocks-inl.hpp"
#include "kernels/conv/rows.hpp"
#include "kernels/conv/tile-inl.hpp"

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
      pixels_ = src_ + task_.col * b_.src_pixel + task_.group * b_.depth + first;
      base_ = b_.direct ? pixels_ : panel_;
      tile_.a_row = b_.direct ? b_.src_pixel : panel_pixel(depth);
      tile_.entries = 1;
      tile_.depth = depth;
      entry_[0] = 0;
      return;
    }
    const std::int64_t image = d.src_extent * h.src_extent * w.src_extent * b_.src_pixel;
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
      copy_region(src_ + task_.image * image, sweep_.axes, b_.src_pixel, r, panel_);
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

  // Normalises pixels r0 to r1 of the only row, which were fetched before.
  void stage(std::int64_t first, std::int64_t depth, std::int64_t r0, std::int64_t r1) {
    copy_normalised(norm_.from(task_.group * b_.depth + first),
                    {pixels_ + r0 * b_.src_pixel, b_.src_pixel,
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
    if ((!b_.direct && !b_.staged) || panel != task_.panel_first) return fetch(base_, 0);
    const float* next = pixels_ + r1 * b_.src_pixel;
    if (b_.depth == b_.src_pixel) return fetch(next, 16);
    const std::int64_t lines = ceil_div(tile_.depth, 16);  // of a pixel; pixels lie apart
    fetch(next, 16, lines, b_.src_pixel - 16 * lines);
  }

  // What the tile fetches: see RowTile.
  void fetch(const float* from, std::int64_t step,
             std::int64_t run = std::numeric_limits<std::int32_t>::max(), std::int64_t jump = 0) {
    tile_.ahead = from;
    tile_.ahead_step = step;
    tile_.ahead_run = run;
    tile_.ahead_jump = jump;
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
    fetch(weights(later) + tile * floats, 16);
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
    tile_.c_row = w.dst_step * b_.dst_pixel;
    tile_.bias = last_block_ && bias_ != nullptr ? bias_ + column : nullptr;
    tile_.activation = last_block_ ? b_.c.activation : Activation::none;
    tile_.a = base_ + q * row_step_ + first_row(r0) * tile_.a_row;
    const std::int64_t pixel = dst_row + w.dst_first + (task_.col + r0) * w.dst_step;
    tile_.c = dst_ + pixel * b_.dst_pixel + column;
    const float* begin = first_block_ ? residual_ : dst_;
    tile_.start = begin == nullptr ? nullptr : begin + (tile_.c - dst_);
    const auto vectors = std::size_t(ceil_div(tile_.columns, lanes()));
    const bool with_sums = last_block_ && sums_.mean != nullptr;
    const NormSums sums = with_sums ? sums_.from(column, pixel, b_.dst_pixel) : NormSums{};
    tile_.beside = {sums.x, sums.y != nullptr ? sums.y : sums.x};
    tile_.beside_row = {w.dst_step * sums.x_pixel,
                        sums.y != nullptr ? tile_.c_row : w.dst_step * sums.x_pixel};
    const auto& tiles = sums.x != nullptr ? kRowTiles<true> : kRowTiles<false>;
    tiles[vectors - 1][std::size_t(r1 - r0 - 1)](tile_);
    if (with_sums)
      add_to_sums(sums, {tile_.c, tile_.c_row, tile_.beside_row[0], r1 - r0, tile_.columns});
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

}  // namespace HWY_NAMESPACE
}  // namespace noyau::kernels
HWY_AFTER_NAMESPACE();

#endif
