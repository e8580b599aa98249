// The gradient of the weights as blocked matrix products: rows are (taps along a row x) channels of
// x, columns channels of dy, the reduction runs over pixels.

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/conv/pixels.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
#include "kernels/simd.hpp"

#include "kernels/conv/pixels.hpp"
#include "kernels/conv/region-inl.hpp"
#include "kernels/conv/tile-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace noyau::kernels {
namespace HWY_NAMESPACE {

template <int MR, int NV>
struct PixelInstance {
  static void function(const PixelTile& t) { pixel_tile<MR, NV>(t); }
};
using PixelFn = void (*)(const PixelTile&);
constexpr auto kPixelTiles =
    tile_table<PixelInstance, PixelFn>(std::make_integer_sequence<int, kVectors>());

// How a problem is cut, from its shape and the instruction set alone.
//
// The pixels are dealt to `slots`, each of which sums into its own copy of the gradient; a last
// pass adds the copies in order. Within a slot, tasks divide the panels of columns.
struct Split {
  Conv c;  // flattened where possible
  std::int64_t in_group, out_group;
  std::int64_t panel, panels, panel_splits;
  std::int64_t padded;        // columns of a group, whole vectors
  bool direct;                // read x in place
  bool merged;                // taps along a row are extra rows of the product
  std::int64_t taps, height;  // entries of the packed gradient, and rows of each
  std::int64_t rows, row_blocks, col_blocks, cols;  // pixels per block
  std::int64_t blocks, slots;                       // blocks of pixels in all
  std::int64_t slot_floats;
};

std::int64_t region_floats(const Split& s, std::int64_t rows, std::int64_t cols) {
  const Conv& c = s.c;
  return c.kernel[0] * ((rows - 1) * c.stride[1] + (c.kernel[1] - 1) * c.dilation[1] + 1) *
         ((cols - 1) * c.stride[2] + (c.kernel[2] - 1) * c.dilation[2] + 1) *
         panel_pixel(s.in_group);
}

// Pixels per block: x and dy of a block stay in the second-level cache while all tiles read them.
void block_pixels(Split& s) {
  constexpr std::int64_t kFloats = 64 << 10;
  constexpr std::int64_t kMostPanelFloats = std::int64_t(ThreadPool::kScratchBytes) / 8;
  const std::int64_t height = s.c.out[1], width = s.c.out[2];
  const auto fits = [&](std::int64_t rows, std::int64_t cols) {
    const std::int64_t x = s.direct ? rows * cols * s.in_group : region_floats(s, rows, cols);
    return x + rows * cols * s.out_group <= kFloats && (s.direct || x <= kMostPanelFloats);
  };
  s.cols = std::min<std::int64_t>(width, 1024);
  while (s.cols > 16 && !fits(1, s.cols)) s.cols = (s.cols + 1) / 2;
  s.rows = 1;
  while (s.rows < height && fits(s.rows + 1, s.cols)) ++s.rows;
  s.row_blocks = ceil_div(height, s.rows);
  s.rows = ceil_div(height, s.row_blocks);
  s.col_blocks = ceil_div(width, s.cols);
  s.cols = ceil_div(width, s.col_blocks);
  s.blocks = s.c.batch * s.c.out[0] * s.row_blocks * s.col_blocks;
}

Split split(const Conv& conv) {
  constexpr std::int64_t kTasks = 16;              // enough for the threads of a small machine
  constexpr std::int64_t kCopyFloats = 512 << 10;  // of all copies of the gradient: 2 MiB
  Split s;
  s.c = flattened(conv);
  s.in_group = conv.in_channels / conv.groups;
  s.out_group = conv.out_channels / conv.groups;
  s.panel = kVectors * lanes();
  s.panels = ceil_div(s.out_group, s.panel);
  s.padded = (s.panels - 1) * s.panel +
             ceil_div(s.out_group - (s.panels - 1) * s.panel, lanes()) * lanes();
  s.direct = s.c.kernel == Dims{1, 1, 1} && s.c.pad == Dims{0, 0, 0} &&
             s.c.stride == Dims{1, 1, 1} && s.c.in == s.c.out;
  s.merged = !s.direct && s.in_group <= 64 && s.c.dilation[2] == 1;
  s.taps = s.c.kernel[0] * s.c.kernel[1] * (s.merged ? 1 : s.c.kernel[2]);
  s.height = s.in_group * (s.merged ? s.c.kernel[2] : 1);
  block_pixels(s);
  s.slot_floats = s.c.groups * s.taps * s.height * s.padded;
  s.slots = std::clamp<std::int64_t>(kCopyFloats / s.slot_floats, 1, std::min(kTasks, s.blocks));
  s.panel_splits = std::clamp<std::int64_t>(ceil_div(kTasks, s.slots * s.c.groups), 1, s.panels);
  return s;
}

// One task: some panels of one group, over the pixels of one slot.
class PixelWorker {
 public:
  PixelWorker(const Split& s, const float* x, const float* dy, float* scratch)
      : s_(s), x_(x), dy_(dy), panel_(scratch), dy_panel_(scratch + panel_floats()) {
    for (std::size_t d = 0; d < 3; ++d) axes_[d].src_extent = s.c.in[d];
  }

  void run(std::int64_t slot, std::int64_t group, std::int64_t panel_first, std::int64_t panel_last,
           float* copy) {
    group_ = group;
    const std::int64_t first = cut(s_.blocks, s_.slots, slot);
    const std::int64_t last = cut(s_.blocks, s_.slots, slot + 1);
    for (std::int64_t block = first; block < last; ++block) {
      enter(block);
      for (std::int64_t panel = panel_first; panel < panel_last; ++panel)
        run_panel(panel, copy + group * s_.taps * s_.height * s_.padded, block != first);
    }
  }

 private:
  std::int64_t panel_floats() const {
    return s_.direct ? 0 : (region_floats(s_, s_.rows, s_.cols) + 15) / 16 * 16;
  }

  // Finds the block's pixels and makes its part of x readable without borders.
  void enter(std::int64_t block) {
    const Conv& c = s_.c;
    const std::int64_t cb = block % s_.col_blocks, rb = block / s_.col_blocks % s_.row_blocks;
    const std::int64_t slice = block / (s_.col_blocks * s_.row_blocks) % c.out[0];
    const std::int64_t image = block / (s_.col_blocks * s_.row_blocks * c.out[0]);
    const std::int64_t row = rb * s_.rows, col = cb * s_.cols;
    rows_ = std::min(s_.rows, c.out[1] - row);
    cols_ = std::min(s_.cols, c.out[2] - col);
    dy_block_ = dy_ +
                (((image * c.out[0] + slice) * c.out[1] + row) * c.out[2] + col) * c.out_channels +
                group_ * s_.out_group;
    if (s_.direct) {
      base_ = x_ +
              (((image * c.out[0] + slice) * c.out[1] + row) * c.out[2] + col) * c.in_channels +
              group_ * s_.in_group;
      pixel_ = c.in_channels;
      width_ = c.out[2];
      return;
    }
    Region r;
    r.depth_step = c.dilation[0];
    r.first = {slice * c.stride[0] - c.pad[0], row * c.stride[1] - c.pad[1],
               col * c.stride[2] - c.pad[2]};
    r.extent = {c.kernel[0], (rows_ - 1) * c.stride[1] + (c.kernel[1] - 1) * c.dilation[1] + 1,
                (cols_ - 1) * c.stride[2] + (c.kernel[2] - 1) * c.dilation[2] + 1};
    r.channel = group_ * s_.in_group;
    r.channels = s_.in_group;
    r.pixel = panel_pixel(s_.in_group);
    copy_region(x_ + image * c.in[0] * c.in[1] * c.in[2] * c.in_channels, axes_, c.in_channels, r,
                panel_);
    base_ = panel_;
    pixel_ = r.pixel;
    width_ = r.extent[2];
    height_ = r.extent[1];
  }

  void run_panel(std::int64_t panel, float* copy, bool accumulate) {
    const Conv& c = s_.c;
    const std::int64_t columns = std::min(s_.panel, s_.out_group - panel * s_.panel);
    const std::int64_t vectors = ceil_div(columns, lanes());
    PixelTile t;
    t.entries = rows_;
    t.depth = cols_;
    t.accumulate = accumulate;
    t.a_step = c.stride[2] * pixel_;
    t.a_entry = c.stride[1] * width_ * pixel_;
    read_dy(t, panel, columns, vectors);
    const std::int64_t tiles = ceil_div(s_.height, kMaxRows[std::size_t(vectors)]);
    // [panel][tap][row][column]
    float* to = copy + panel * s_.panel * s_.taps * s_.height;
    for (std::int64_t tap = 0; tap < s_.taps; ++tap) {
      const std::int64_t kernel_w = s_.merged ? 1 : c.kernel[2];
      const std::int64_t kw = tap % kernel_w, kh = tap / kernel_w % c.kernel[1];
      const std::int64_t kd = tap / (kernel_w * c.kernel[1]);
      const float* from =
          base_ + ((kd * height_ + kh * c.dilation[1]) * width_ + kw * c.dilation[2]) * pixel_;
      for (std::int64_t i = 0; i < tiles; ++i) {
        const std::int64_t m0 = cut(s_.height, tiles, i), m1 = cut(s_.height, tiles, i + 1);
        t.a = from + m0;
        t.c = to + (tap * s_.height + m0) * vectors * lanes();
        kPixelTiles[std::size_t(vectors - 1)][std::size_t(m1 - m0 - 1)](t);
      }
    }
  }

  // dy is read in place when its columns are whole vectors, else from a padded copy.
  void read_dy(PixelTile& t, std::int64_t panel, std::int64_t columns, std::int64_t vectors) {
    const Conv& c = s_.c;
    const float* from = dy_block_ + panel * s_.panel;
    if (columns % lanes() == 0) {
      t.b = from;
      t.b_step = c.out_channels;
      t.b_entry = c.out[2] * c.out_channels;
      return;
    }
    const std::int64_t width = vectors * lanes();
    for (std::int64_t r = 0; r < rows_; ++r)
      for (std::int64_t q = 0; q < cols_; ++q) {
        float* to = dy_panel_ + (r * cols_ + q) * width;
        copy_floats(to, from + (r * c.out[2] + q) * c.out_channels, columns);
        std::fill(to + columns, to + width, 0.0f);
      }
    t.b = dy_panel_;
    t.b_step = width;
    t.b_entry = cols_ * width;
  }

  const Split& s_;
  const float *x_, *dy_;
  float *panel_, *dy_panel_;
  std::array<Axis, 3> axes_{};
  std::int64_t group_ = 0, rows_ = 0, cols_ = 0, pixel_ = 0, width_ = 0, height_ = 0;
  const float *base_ = nullptr, *dy_block_ = nullptr;
};

// Adds the copies of one row of the product in order and puts it where OIDHW wants it.
void gather(const Split& s, const float* copies, std::int64_t group, std::int64_t panel,
            std::int64_t row_first, std::int64_t row_last, float* dweight) {
  const std::int64_t columns = std::min(s.panel, s.out_group - panel * s.panel);
  const std::int64_t width = ceil_div(columns, lanes()) * lanes();
  const std::int64_t all_taps = s.c.kernel[0] * s.c.kernel[1] * s.c.kernel[2];
  const float* from =
      copies + group * s.taps * s.height * s.padded + panel * s.panel * s.taps * s.height;
  float* to = dweight + (group * s.out_group + panel * s.panel) * s.in_group * all_taps;
  for (std::int64_t n = 0; n < columns; ++n)
    for (std::int64_t row = row_first; row < row_last; ++row) {
      const std::int64_t channel = row % s.in_group, kw = row / s.in_group;
      for (std::int64_t tap = 0; tap < s.taps; ++tap) {
        const float* copy = from + (tap * s.height + row) * width + n;
        float sum = copy[0];
        for (std::int64_t slot = 1; slot < s.slots; ++slot) sum += copy[slot * s.slot_floats];
        to[(n * s.in_group + channel) * all_taps + (s.merged ? tap * s.c.kernel[2] + kw : tap)] =
            sum;
      }
    }
}

void run_pixels(const Conv& conv, const float* x, const float* dy, float* dweight, float* copies,
                ThreadPool& pool) {
  const Split s = split(conv);
  pool.run(s.slots * s.c.groups * s.panel_splits, [&](std::int64_t task, int worker) {
    const std::int64_t part = task % s.panel_splits, group = task / s.panel_splits % s.c.groups;
    const std::int64_t slot = task / (s.panel_splits * s.c.groups);
    PixelWorker(s, x, dy, reinterpret_cast<float*>(pool.scratch(worker)))
        .run(slot, group, cut(s.panels, s.panel_splits, part),
             cut(s.panels, s.panel_splits, part + 1), copies + slot * s.slot_floats);
  });
  const std::int64_t row_parts = std::min<std::int64_t>(s.height, 8);
  pool.run(s.c.groups * s.panels * row_parts, [&](std::int64_t task, int) {
    const std::int64_t part = task % row_parts;
    gather(s, copies, task / (row_parts * s.panels), task / row_parts % s.panels,
           cut(s.height, row_parts, part), cut(s.height, row_parts, part + 1), dweight);
  });
}

std::size_t copies_floats(const Conv& conv) {
  const Split s = split(conv);
  return std::size_t(s.slots * s.slot_floats);
}

}  // namespace HWY_NAMESPACE
}  // namespace noyau::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace noyau::kernels {

HWY_EXPORT(run_pixels);
HWY_EXPORT(copies_floats);

namespace {

void run(const Problem& problem, const Args& args) noexcept {
  HWY_DYNAMIC_DISPATCH(run_pixels)
  (std::get<Conv>(problem), args.in<float>(0), args.in<float>(1), args.out<float>(0),
   reinterpret_cast<float*>(args.scratch), args.pool);
}

std::size_t scratch_bytes(const Problem& problem) {
  return HWY_DYNAMIC_DISPATCH(copies_floats)(std::get<Conv>(problem)) * sizeof(float);
}

}  // namespace

constinit const Kernel kConvGradWeightPixels = {.family = "conv2d_grad_weight",
                                                .name = "brgemm",
                                                .refuse = refuse_blocked,
                                                .scratch_bytes = scratch_bytes,
                                                .run = run};

}  // namespace noyau::kernels
#endif
