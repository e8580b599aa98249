// The gradient of the weights as blocked matrix products: rows are (taps along a row x) channels of
// x, columns channels of dy, the reduction runs over pixels.

#include "kernels/simd.hpp"
// The macros above come before Highway.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/conv/pixels.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/conv/conv.hpp"
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
// pass adds the copies in order. Where copies would be large there are few slots, and tasks divide
// the channels of x into `parts` instead.
struct Split {
  Conv c;  // flattened where possible
  std::int64_t in_group, out_group;
  std::int64_t x_pixel;  // floats from one pixel of x to the next
  std::int64_t panel, panels;
  std::int64_t padded;      // columns of a group, whole vectors
  bool merged;              // taps along a row are extra rows of the product
  bool direct;              // a tile reads x itself, and copies it, in the first panel
  std::int64_t taps, runs;  // entries of the packed gradient; taps merged into each
  std::int64_t parts;
  std::int64_t rows, row_blocks, col_blocks, cols;  // pixels per block
  std::int64_t images, image_blocks;                // several images: only where each is whole
  std::int64_t blocks, slots;                       // blocks of pixels in all
  std::int64_t slot_floats;
  /// Copied pixels from one output to the next: 1 where a kernel of one tap skips the others.
  std::int64_t row_step, col_step;

  std::int64_t first_channel(std::int64_t part) const { return cut(in_group, parts, part); }
  std::int64_t channels(std::int64_t part) const {
    return first_channel(part + 1) - first_channel(part);
  }
};

// Floats of x under a block of output pixels, for the channels of the largest part.
std::int64_t region_floats(const Split& s, std::int64_t rows, std::int64_t cols) {
  const Conv& c = s.c;
  return c.kernel[0] * ((rows - 1) * s.row_step + (c.kernel[1] - 1) * c.dilation[1] + 1) *
             ((cols - 1) * s.col_step + (c.kernel[2] - 1) * c.dilation[2] + 1) *
             ceil_div(s.in_group, s.parts) +
         ceil_div(ceil_div(s.in_group, s.parts), kMaxRows[kVectors]) * kOverrun;
}

// Pixels per block: what a block reads of x stays in the second-level cache while all tiles do.
// Long sums are fast ones, but there should be a block for each slot.
void block_pixels(Split& s, std::int64_t slots) {
  // With few panels of dy, the reads of the next block weigh more than the length of the sums.
  const std::int64_t most_floats = s.panels >= 8 ? 96 << 10 : 64 << 10;
  constexpr std::int64_t kMostFloats = std::int64_t(ThreadPool::kScratchBytes) / 8;
  const std::int64_t height = s.c.out[1], width = s.c.out[2];
  const std::int64_t most =
      std::clamp<std::int64_t>(ceil_div(s.c.batch * s.c.out[0] * height * width, slots), 64, 512);
  const auto floats = [&](std::int64_t rows, std::int64_t cols) {
    return region_floats(s, rows, cols) + rows * cols * s.panel;
  };
  s.cols = std::min(width, most);
  while (s.cols > 64 && floats(1, s.cols) > most_floats) s.cols = (s.cols + 1) / 2;
  while (s.cols > 16 && floats(1, s.cols) > kMostFloats) s.cols = (s.cols + 1) / 2;
  s.rows = 1;
  while (s.rows < height && (s.rows + 1) * s.cols <= most &&
         floats(s.rows + 1, s.cols) <= most_floats)
    ++s.rows;
  s.row_blocks = ceil_div(height, s.rows);
  s.rows = ceil_div(height, s.row_blocks);
  s.col_blocks = ceil_div(width, s.cols);
  s.cols = ceil_div(width, s.col_blocks);
  s.images = 1;
  if (s.rows == height && s.cols == width && s.c.out[0] == 1)
    s.images = std::clamp<std::int64_t>(
        std::min(most / (height * width), most_floats / floats(height, width)), 1, s.c.batch);
  s.image_blocks = ceil_div(s.c.batch, s.images);
  s.images = ceil_div(s.c.batch, s.image_blocks);
  s.blocks = s.image_blocks * s.c.out[0] * s.row_blocks * s.col_blocks;
}

Split split(const Conv& conv) {
  constexpr std::int64_t kTasks = 8;                // few: each copies what it reads
  constexpr std::int64_t kCopyFloats = 1024 << 10;  // of all copies of the gradient: 4 MiB
  Split s;
  s.c = flattened(conv);
  s.in_group = conv.in_channels / conv.groups;
  s.out_group = conv.out_channels / conv.groups;
  s.x_pixel = x_pixel(conv);
  s.panel = kVectors * lanes();
  s.panels = ceil_div(s.out_group, s.panel);
  s.padded = (s.panels - 1) * s.panel +
             ceil_div(s.out_group - (s.panels - 1) * s.panel, lanes()) * lanes();
  s.direct = s.c.kernel == Dims{1, 1, 1} && s.c.pad == Dims{0, 0, 0};
  for (std::size_t d = 0; d < 3; ++d)
    s.direct = s.direct && (s.c.out[d] - 1) * s.c.stride[d] < s.c.in[d];
  s.direct = s.direct && !s.c.normalised;
  s.merged = s.in_group <= 64 && s.c.dilation[2] == 1 && !s.direct;
  s.runs = s.merged ? s.c.kernel[2] : 1;
  const bool skips = !s.merged && s.c.kernel[1] == 1 && s.c.kernel[2] == 1;
  s.row_step = skips ? 1 : s.c.stride[1];
  s.col_step = skips ? 1 : s.c.stride[2];
  s.taps = s.c.kernel[0] * s.c.kernel[1] * s.c.kernel[2] / s.runs;
  s.slot_floats = s.c.groups * s.taps * s.runs * s.in_group * s.padded;
  const std::int64_t slots = std::clamp<std::int64_t>(kCopyFloats / s.slot_floats, 1, kTasks);
  s.parts = std::clamp<std::int64_t>(ceil_div(kTasks, slots * s.c.groups), 1,
                                     s.merged ? 1 : std::max<std::int64_t>(1, s.in_group / 64));
  // One output pixel's window over all channels has to fit into a worker's scratch.
  while (!s.merged && s.parts < s.in_group &&
         region_floats(s, 1, 16) > std::int64_t(ThreadPool::kScratchBytes) / 8)
    ++s.parts;
  block_pixels(s, slots);
  s.slots = std::min(slots, s.blocks);
  return s;
}

// Where the sums of one part lie within a copy: [group][part][panel][tap][row][column].
std::int64_t part_start(const Split& s, std::int64_t group, std::int64_t part) {
  return (group * s.in_group + s.first_channel(part)) * s.taps * s.runs * s.padded;
}

// What a gather works on: one channel of the largest window fits.
constexpr std::int64_t kStageFloats = kMaxWindow * 16;

// The sums of a part and panel over all slots, in order, put where OIDHW wants them.
class PixelGather {
 public:
  PixelGather(const Split& s, const float* copies, float* dweight, float* stage)
      : s_(s), copies_(copies), dweight_(dweight), stage_(stage) {
    taps_ = s.taps * s.runs;
    most_ = std::clamp<std::int64_t>(kNearFloats / (taps_ * lanes()), 1, 64);
  }

  void run(std::int64_t group, std::int64_t part, std::int64_t panel) {
    channels_ = s_.channels(part);
    columns_ = std::min(s_.panel, s_.out_group - panel * s_.panel);
    from_ = copies_ + part_start(s_, group, part) + panel * s_.panel * taps_ * channels_;
    to_ =
        dweight_ +
        ((group * s_.out_group + panel * s_.panel) * s_.in_group + s_.first_channel(part)) * taps_;
    for (std::int64_t channel = 0; channel < channels_; channel += most_)
      for (std::int64_t column = 0; column < columns_; column += lanes()) {
        const std::int64_t count = std::min(most_, channels_ - channel);
        const std::int64_t last = std::min(column + lanes(), columns_);
        fetch(channel, count, column, last);
        add(channel, count, column);
        for (std::int64_t n = column; n < last; ++n) spread(channel, count, n, n - column);
      }
  }

 private:
  static constexpr std::int64_t kNearFloats = 8192;  // stay in the first-level cache

  float* target(std::int64_t channel, std::int64_t column) const {
    return to_ + (column * s_.in_group + channel) * taps_;
  }

  // The lines to write are scattered and would be waited for one by one.
  void fetch(std::int64_t channel, std::int64_t count, std::int64_t first,
             std::int64_t last) const {
    for (std::int64_t n = first; n < last; ++n)
      for (std::int64_t i = 0; i < count * taps_; i += 16) hwy::Prefetch(target(channel, n) + i);
  }

  // One vector of columns of `count` channels: stage is [tap][channel][lane].
  void add(std::int64_t channel, std::int64_t count, std::int64_t column) {
    const D d;
    const std::int64_t width = ceil_div(columns_, lanes()) * lanes();
    float* to = stage_;
    for (std::int64_t tap = 0; tap < s_.taps; ++tap)
      for (std::int64_t run = 0; run < s_.runs; ++run) {
        const float* from = from_ + ((tap * s_.runs + run) * channels_ + channel) * width + column;
        for (std::int64_t i = 0; i < count; ++i, from += width, to += lanes()) {
          V sum = hn::LoadU(d, from);
          for (std::int64_t slot = 1; slot < s_.slots; ++slot)
            sum = hn::Add(sum, hn::LoadU(d, from + slot * s_.slot_floats));
          hn::StoreU(sum, d, to);
        }
      }
  }

  void spread(std::int64_t channel, std::int64_t count, std::int64_t column, std::int64_t lane) {
    float* HWY_RESTRICT to = target(channel, column);
    const float* HWY_RESTRICT from = stage_ + lane;
    for (std::int64_t tap = 0; tap < taps_; ++tap)
      for (std::int64_t i = 0; i < count; ++i, from += lanes()) to[i * taps_ + tap] = *from;
  }

  const Split& s_;
  const float* copies_;
  float *dweight_, *stage_;
  std::int64_t taps_ = 0, most_ = 0;  // most_: channels at a time
  std::int64_t channels_ = 0, columns_ = 0;
  const float* from_ = nullptr;
  float* to_ = nullptr;
};

// One task: the channels of one part of one group, over the pixels of one slot.
class PixelWorker {
 public:
  PixelWorker(const Split& s, const float* x, const SourceNorm& norm, const float* dy,
              PixelGather gather, float* scratch)
      : s_(s),
        gather_(gather),
        x_(x),
        dy_(dy),
        panel_(scratch),
        dy_panel_(scratch + (s.images * region_floats(s, s.rows, s.cols) + 15) / 16 * 16) {
    for (std::size_t d = 0; d < 3; ++d) axes_[d].src_extent = s.c.in[d];
    region_.norm = norm;
  }

  void run(std::int64_t slot, std::int64_t group, std::int64_t part, float* copy) {
    group_ = group;
    channel_ = s_.first_channel(part);
    channels_ = s_.channels(part);
    height_ = channels_ * s_.runs;
    const std::int64_t first = cut(s_.blocks, s_.slots, slot);
    const std::int64_t last = cut(s_.blocks, s_.slots, slot + 1);
    for (std::int64_t block = first; block < last; ++block) {
      enter(block);
      for (std::int64_t panel = 0; panel < s_.panels; ++panel) {
        run_panel(panel, copy, block != first);
        // A single copy is complete, and still in the caches.
        if (s_.slots == 1 && block + 1 == last) gather_.run(group, part, panel);
      }
    }
  }

 private:
  // Finds the block's pixels and copies their part of x.
  void enter(std::int64_t block) {
    const Conv& c = s_.c;
    const std::int64_t cb = block % s_.col_blocks, rb = block / s_.col_blocks % s_.row_blocks;
    const std::int64_t slice = block / (s_.col_blocks * s_.row_blocks) % c.out[0];
    const std::int64_t image = block / (s_.col_blocks * s_.row_blocks * c.out[0]) * s_.images;
    const std::int64_t row = rb * s_.rows, col = cb * s_.cols;
    rows_ = std::min(s_.rows, c.out[1] - row);
    cols_ = std::min(s_.cols, c.out[2] - col);
    images_ = std::min(s_.images, c.batch - image);
    dy_block_ = dy_ +
                (((image * c.out[0] + slice) * c.out[1] + row) * c.out[2] + col) * c.out_channels +
                group_ * s_.out_group;
    region_.images = images_;
    region_.depth_step = c.dilation[0];
    region_.first = {slice * c.stride[0] - c.pad[0], row * c.stride[1] - c.pad[1],
                     col * c.stride[2] - c.pad[2]};
    region_.extent = {c.kernel[0],
                      (rows_ - 1) * s_.row_step + (c.kernel[1] - 1) * c.dilation[1] + 1,
                      (cols_ - 1) * s_.col_step + (c.kernel[2] - 1) * c.dilation[2] + 1};
    region_.row_step = c.stride[1] / s_.row_step;
    region_.col_step = c.stride[2] / s_.col_step;
    region_.channel = group_ * s_.in_group + channel_;
    region_.channels = region_.pixel = channels_;
    const std::int64_t image_floats = c.in[0] * c.in[1] * c.in[2] * s_.x_pixel;
    const float* image_x = x_ + image * image_floats;
    if (s_.direct) {
      x_block_ = image_x +
                 ((region_.first[0] * c.in[1] + region_.first[1]) * c.in[2] + region_.first[2]) *
                     s_.x_pixel +
                 region_.channel;
    }
    // Where this block's pixels end, the next one's begin.
    const bool one_row = c.out[1] == 1;
    const std::int64_t next_row = std::clamp<std::int64_t>(
        region_.first[1] + (one_row ? 0 : region_.extent[1] * region_.row_step), 0, c.in[1]);
    const std::int64_t next_col = one_row ? (col + cols_) * c.stride[2] : 0;
    x_next_ = image_x + (next_row * c.in[2] + next_col) * s_.x_pixel + region_.channel;
    x_next_ += (images_ - 1) * image_floats;
    dy_next_ = dy_block_ + images_ * rows_ * cols_ * c.out_channels;
    if (s_.direct) return;
    if (s_.merged)
      for (std::int64_t i = 0; i < images_; ++i)
        copy_region(image_x + i * image_floats, axes_, s_.x_pixel, region_,
                    panel_ + i * image_pixels() * channels_);
    else
      copy_region_tiled(image_x, x_ + c.batch * image_floats - (s_.x_pixel - c.in_channels), axes_,
                        s_.x_pixel, region_, tiles(kVectors), panel_);
  }

  std::int64_t image_pixels() const {
    return region_.extent[0] * region_.extent[1] * region_.extent[2];
  }

  // dy is read in place when its pixels lie close together and its columns are whole vectors, else
  // from a copy in panels.
  bool dy_in_place() const { return s_.out_group % lanes() == 0 && s_.c.out_channels <= 64; }

  // Tile number `tile` of `count` of a panel fetches one cache line of each pixel: the first tiles
  // those of dy that the next panel reads, the others those of x for the next block.
  void fetch_ahead(std::int64_t panel, std::int64_t tile, std::int64_t count, PixelTile& t) const {
    const Conv& c = s_.c;
    const auto lines = [](std::int64_t floats, std::int64_t step) {
      return ceil_div(floats + (step % 16 == 0 ? 0 : 15), 16);  // pixels may start within a line
    };
    const std::int64_t x_lines = lines(channels_, s_.x_pixel);
    const std::int64_t dy_lines = lines(s_.panel, c.out_channels);
    const std::int64_t of_x = panel * (count - dy_lines) + tile - dy_lines;
    t.ahead = x_next_;
    t.ahead_step = t.ahead_entry = 0;
    if (tile < dy_lines) {
      t.ahead = (panel + 1 < s_.panels ? dy_block_ + (panel + 1) * s_.panel : dy_next_) + 16 * tile;
      t.ahead_step = c.out_channels;
      t.ahead_entry = c.out[2] * c.out_channels;
    } else if (s_.direct && of_x < x_lines) {
      t.ahead = x_next_ + 16 * of_x;
      t.ahead_step = c.stride[2] * s_.x_pixel;
      t.ahead_entry = c.stride[1] * c.in[2] * s_.x_pixel;
    } else if (!s_.direct && of_x < x_lines * c.stride[1] * c.stride[2]) {
      t.ahead =
          x_next_ + of_x / x_lines * images_ * rows_ * cols_ * s_.x_pixel + 16 * (of_x % x_lines);
      t.ahead_step = s_.x_pixel;
      t.ahead_entry = cols_ * s_.x_pixel;
    }
  }

  // Tiles of rows; the tiled copy of x is cut for full panels, so all panels use that cut.
  std::int64_t tiles(std::int64_t vectors) const {
    return ceil_div(height_, kMaxRows[std::size_t(s_.merged ? vectors : kVectors)]);
  }

  void run_panel(std::int64_t panel, float* copy, bool accumulate) {
    const Conv& c = s_.c;
    const std::int64_t columns = std::min(s_.panel, s_.out_group - panel * s_.panel);
    const std::int64_t vectors = ceil_div(columns, lanes());
    const std::int64_t count = tiles(vectors), width = region_.extent[2];
    const std::int64_t pixels = images_ * image_pixels();
    const bool in_place = dy_in_place();
    PixelTile t{};
    t.entries = rows_;
    t.depth = cols_;
    t.accumulate = accumulate;
    t.columns = columns;
    t.b = dy_block_ + panel * s_.panel;
    t.b_step = c.out_channels;
    t.b_entry = c.out[2] * c.out_channels;
    t.images = images_;
    t.b_image = c.out[1] * t.b_entry;
    t.b_copy = in_place ? nullptr : dy_panel_;
    float* to = copy + panel * s_.panel * s_.taps * height_;  // [panel][tap][row][column]
    for (std::int64_t tap = 0; tap < s_.taps; ++tap) {
      const std::int64_t kernel_w = c.kernel[2] / s_.runs;
      const std::int64_t kw = tap % kernel_w, kh = tap / kernel_w % c.kernel[1];
      const std::int64_t kd = tap / (kernel_w * c.kernel[1]);
      const std::int64_t start =
          (kd * region_.extent[1] + kh * c.dilation[1]) * width + kw * c.dilation[2];
      for (std::int64_t i = 0; i < count; ++i) {
        const std::int64_t m0 = cut(height_, count, i), m1 = cut(height_, count, i + 1);
        const std::int64_t pixel = s_.merged ? channels_ : m1 - m0;
        float* tile = panel_ + (s_.merged ? m0 : tile_start(i, m0, pixels));
        if (s_.direct && panel == 0) {
          t.a = x_block_ + m0;
          t.a_step = c.stride[2] * s_.x_pixel;
          t.a_entry = c.stride[1] * c.in[2] * s_.x_pixel;
          t.a_image = c.in[0] * c.in[1] * c.in[2] * s_.x_pixel;
          t.a_copy = tile;
        } else {
          t.a = tile + start * pixel;
          t.a_step = s_.col_step * pixel;
          t.a_entry = s_.row_step * width * pixel;
          t.a_image = image_pixels() * pixel;
        }
        t.c = to + (tap * height_ + m0) * vectors * lanes();
        fetch_ahead(panel, tap * count + i, s_.taps * count, t);
        kPixelTiles[std::size_t(vectors - 1)][std::size_t(m1 - m0 - 1)](t);
        if (t.b_copy != nullptr) {
          t.b = dy_panel_;
          t.b_step = vectors * lanes();
          t.b_entry = cols_ * t.b_step;
          t.b_image = rows_ * t.b_entry;
          t.b_copy = nullptr;
        }
      }
    }
  }

  const Split& s_;
  PixelGather gather_;
  const float *x_, *dy_;
  float *panel_, *dy_panel_;
  std::array<Axis, 3> axes_{};
  Region region_{};
  std::int64_t group_ = 0, channel_ = 0, channels_ = 0, height_ = 0, images_ = 0, rows_ = 0,
               cols_ = 0;
  const float *x_block_ = nullptr, *dy_block_ = nullptr, *x_next_ = nullptr, *dy_next_ = nullptr;
};

void run_pixels(const Conv& conv, const float* x, const SourceNorm& norm, const float* dy,
                float* dweight, float* copies, ThreadPool& pool) {
  const Split s = split(conv);
  const auto scratch = [&](int worker) { return reinterpret_cast<float*>(pool.scratch(worker)); };
  const auto gather = [&](int worker) { return PixelGather(s, copies, dweight, scratch(worker)); };
  pool.run(s.slots * s.c.groups * s.parts, [&](std::int64_t task, int worker) {
    const std::int64_t part = task % s.parts, group = task / s.parts % s.c.groups;
    const std::int64_t slot = task / (s.parts * s.c.groups);
    PixelWorker(s, x, norm, dy, gather(worker), scratch(worker) + kStageFloats)
        .run(slot, group, part, copies + slot * s.slot_floats + part_start(s, group, part));
  });
  if (s.slots == 1) return;
  pool.run(s.c.groups * s.parts * s.panels, [&](std::int64_t task, int worker) {
    gather(worker).run(task / (s.panels * s.parts), task / s.panels % s.parts, task % s.panels);
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
  const auto& c = std::get<Conv>(problem);
  HWY_DYNAMIC_DISPATCH(run_pixels)
  (c, args.in<float>(0), source_norm(c, args, 2), args.in<float>(1), args.out<float>(0),
   reinterpret_cast<float*>(args.scratch), args.pool);
}

std::size_t scratch_bytes(const Problem& problem) {
  return HWY_DYNAMIC_DISPATCH(copies_floats)(std::get<Conv>(problem)) * sizeof(float);
}

}  // namespace

constinit const Kernel kConvGradWeightPixels = {.family = "conv_grad_weight",
                                                .name = "brgemm",
                                                .refuse = refuse_blocked,
                                                .scratch_bytes = scratch_bytes,
                                                .run = run};

}  // namespace noyau::kernels
#endif
