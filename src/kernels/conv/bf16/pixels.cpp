// The gradient of the weights as blocked matrix products: rows are (taps along a row x) channels of
// x, columns channels of dy, the reduction runs over pairs of neighbouring pixels of a row. Blocks
// are those of conv/pixels.cpp, but x and dy are always copied, since they are rounded on the way.

#include "kernels/chunks.hpp"
#include "kernels/conv/bf16/bf16.hpp"
#include "kernels/conv/bf16/tile.hpp"

namespace noyau::kernels {
namespace bf16 {
namespace {

// How a problem is cut, from its shape alone.
//
// The pixels are dealt to `slots`, each of which sums into its own copy of the gradient; a last
// pass adds the copies in order. Where copies would be large there are few slots, and tasks divide
// the channels of x into `parts` instead.
struct Split {
  Conv c;  // flattened where possible
  std::int64_t in, out;
  std::int64_t panels, padded;  // columns in whole vectors
  bool merged;                  // taps along a row are extra rows of the product
  std::int64_t taps, runs;      // entries of the packed gradient; taps merged into each
  std::int64_t parts;
  std::int64_t rows, row_blocks, col_blocks, cols;  // pixels per block; cols is even or all
  std::int64_t images, image_blocks;                // several images: only where each is whole
  std::int64_t blocks, slots;                       // blocks of pixels in all
  std::int64_t slot_floats;

  std::int64_t first_channel(std::int64_t part) const { return cut(in, parts, part); }
  std::int64_t channels(std::int64_t part) const {
    return first_channel(part + 1) - first_channel(part);
  }
  /// A single tap skips what no output reads: rows between its rows, and along a row all but the
  /// first pixel of each pair. Several taps find every pixel, paired with the one a stride on.
  std::int64_t row_step() const { return c.kernel[1] == 1 ? 1 : c.stride[1]; }
  std::int64_t pair_step() const { return c.kernel[2] == 1 ? 1 : 2 * c.stride[2]; }
  std::int64_t region_height(std::int64_t n) const {
    return (n - 1) * row_step() + (c.kernel[1] - 1) * c.dilation[1] + 1;
  }
  std::int64_t region_width(std::int64_t n) const {
    return (divide_up(n, 2) - 1) * pair_step() + (c.kernel[2] - 1) * c.dilation[2] + 1;
  }
  /// Of x under a block of output pixels, for the channels of the largest part.
  std::int64_t region_pairs(std::int64_t n_rows, std::int64_t n_cols) const {
    const std::int64_t channels = divide_up(in, parts);
    return c.kernel[0] * region_height(n_rows) * region_width(n_cols) *
           (merged ? channels : divide_up(channels, kMaxRows) * kLanes);
  }
};

// Pixels per block: what a block reads of x stays in the second-level cache while all tiles do.
// Long sums are fast ones, but there should be a block for each slot.
void block_pixels(Split& s, std::int64_t slots) {
  const std::int64_t most_pairs = s.panels >= 8 ? 96 << 10 : 64 << 10;
  constexpr std::int64_t kMostPairs = std::int64_t(ThreadPool::kScratchBytes) / 8;
  const std::int64_t height = s.c.out[1], width = s.c.out[2];
  const std::int64_t most =
      std::clamp<std::int64_t>(divide_up(s.c.batch * s.c.out[0] * height * width, slots), 64, 512);
  const auto pairs = [&](std::int64_t rows, std::int64_t cols) {
    return s.region_pairs(rows, cols) + rows * divide_up(cols, 2) * kPanel;
  };
  s.cols = std::min(width, most);
  while (s.cols > 64 && pairs(1, s.cols) > most_pairs) s.cols = (s.cols + 1) / 2;
  while (s.cols > 16 && pairs(1, s.cols) > kMostPairs) s.cols = (s.cols + 1) / 2;
  s.rows = 1;
  while (s.rows < height && (s.rows + 1) * s.cols <= most &&
         pairs(s.rows + 1, s.cols) <= most_pairs)
    ++s.rows;
  s.row_blocks = divide_up(height, s.rows);
  s.rows = divide_up(height, s.row_blocks);
  s.cols = std::min(width, round_up(divide_up(width, divide_up(width, s.cols)), 2));
  s.col_blocks = divide_up(width, s.cols);
  s.images = 1;
  if (s.rows == height && s.cols == width && s.c.out[0] == 1)
    s.images = std::clamp<std::int64_t>(
        std::min(most / (height * width), most_pairs / pairs(height, width)), 1, s.c.batch);
  s.image_blocks = divide_up(s.c.batch, s.images);
  s.images = divide_up(s.c.batch, s.image_blocks);
  s.blocks = s.image_blocks * s.c.out[0] * s.row_blocks * s.col_blocks;
}

Split split(const Conv& conv) {
  constexpr std::int64_t kTasks = 8;                // few: each copies what it reads
  constexpr std::int64_t kCopyFloats = 1024 << 10;  // of all copies of the gradient: 4 MiB
  Split s;
  s.c = flattened(conv);
  s.in = conv.in_channels;
  s.out = conv.out_channels;
  s.panels = divide_up(s.out, kPanel);
  s.padded = round_up(s.out, kLanes);
  s.merged = s.in <= 64 && s.c.kernel[2] > 1 && s.c.dilation[2] == 1;
  s.runs = s.merged ? s.c.kernel[2] : 1;
  s.taps = volume(s.c.kernel) / s.runs;
  s.slot_floats = s.taps * s.runs * s.in * s.padded;
  const std::int64_t slots = std::clamp<std::int64_t>(kCopyFloats / s.slot_floats, 1, kTasks);
  s.parts = std::clamp<std::int64_t>(divide_up(kTasks, slots), 1,
                                     s.merged ? 1 : std::max<std::int64_t>(1, s.in / 64));
  // One output pixel's window over all channels has to fit into a worker's scratch.
  while (!s.merged && s.parts < s.in &&
         s.region_pairs(1, 16) > std::int64_t(ThreadPool::kScratchBytes) / 8)
    ++s.parts;
  block_pixels(s, slots);
  s.slots = std::min(slots, s.blocks);
  return s;
}

// Where the sums of one part lie within a copy: [part][panel][tap][row][column].
std::int64_t part_start(const Split& s, std::int64_t part) {
  return s.first_channel(part) * s.taps * s.runs * s.padded;
}

// What a gather works on: one channel of the largest window fits.
constexpr std::int64_t kStageFloats = kMaxWindow * kLanes;

// The sums of a part and panel over all slots, in order, put where OIDHW wants them.
class Gather {
 public:
  Gather(const Split& s, const float* copies, float* dweight, float* stage)
      : s_(s), copies_(copies), dweight_(dweight), stage_(stage), taps_(s.taps * s.runs) {}

  void run(std::int64_t part, std::int64_t panel) {
    constexpr std::int64_t kNearFloats = 8192;  // stay in the first-level cache
    const std::int64_t most = std::clamp<std::int64_t>(kNearFloats / (taps_ * kLanes), 1, 64);
    channels_ = s_.channels(part);
    columns_ = std::min(kPanel, s_.out - panel * kPanel);
    from_ = copies_ + part_start(s_, part) + panel * kPanel * taps_ * channels_;
    to_ = dweight_ + (panel * kPanel * s_.in + s_.first_channel(part)) * taps_;
    for (std::int64_t channel = 0; channel < channels_; channel += most)
      for (std::int64_t column = 0; column < columns_; column += kLanes) {
        const std::int64_t count = std::min(most, channels_ - channel);
        const std::int64_t last = std::min(column + kLanes, columns_);
        fetch(channel, count, column, last);
        add(channel, count, column);
        for (std::int64_t n = column; n < last; ++n) spread(channel, count, n, n - column);
      }
  }

 private:
  float* target(std::int64_t channel, std::int64_t column) const {
    return to_ + (column * s_.in + channel) * taps_;
  }

  // The lines to write are scattered and would be waited for one by one.
  void fetch(std::int64_t channel, std::int64_t count, std::int64_t first,
             std::int64_t last) const {
    for (std::int64_t n = first; n < last; ++n)
      for (std::int64_t i = 0; i < count * taps_; i += 16)
        __builtin_prefetch(target(channel, n) + i, 1);
  }

  // One vector of columns of `count` channels: stage is [tap][channel][lane].
  void add(std::int64_t channel, std::int64_t count, std::int64_t column) {
    const std::int64_t width = round_up(columns_, kLanes);
    float* to = stage_;
    for (std::int64_t tap = 0; tap < taps_; ++tap)
      for (std::int64_t i = 0; i < count; ++i, to += kLanes) {
        const float* from = from_ + (tap * channels_ + channel + i) * width + column;
        std::copy_n(from, kLanes, to);
        for (std::int64_t slot = 1; slot < s_.slots; ++slot)
          for (std::int64_t l = 0; l < kLanes; ++l) to[l] += from[slot * s_.slot_floats + l];
      }
  }

  void spread(std::int64_t channel, std::int64_t count, std::int64_t column, std::int64_t lane) {
    float* to = target(channel, column);
    const float* from = stage_ + lane;
    for (std::int64_t tap = 0; tap < taps_; ++tap)
      for (std::int64_t i = 0; i < count; ++i, from += kLanes) to[i * taps_ + tap] = *from;
  }

  const Split& s_;
  const float* copies_;
  float *dweight_, *stage_;
  std::int64_t taps_, channels_ = 0, columns_ = 0;
  const float* from_ = nullptr;
  float* to_ = nullptr;
};

// One task: the channels of one part, over the pixels of one slot.
class Worker {
 public:
  Worker(const Split& s, const float* x, const float* dy, Gather gather, Pair* scratch)
      : s_(s),
        gather_(gather),
        x_(x),
        dy_(dy),
        region_(scratch),
        dy_panel_(scratch + round_up(s.images * s.region_pairs(s.rows, s.cols), kLanes)) {}

  void run(std::int64_t slot, std::int64_t part, float* copy) {
    channel_ = s_.first_channel(part);
    channels_ = s_.channels(part);
    height_ = channels_ * s_.runs;
    tiles_ = divide_up(height_, kMaxRows);
    const std::int64_t first = cut(s_.blocks, s_.slots, slot);
    const std::int64_t last = cut(s_.blocks, s_.slots, slot + 1);
    for (std::int64_t block = first; block < last; ++block) {
      enter(block);
      copy_x();
      for (std::int64_t panel = 0; panel < s_.panels; ++panel) {
        run_panel(panel, copy, block != first);
        // A single copy is complete, and still in the caches.
        if (s_.slots == 1 && block + 1 == last) gather_.run(part, panel);
      }
    }
  }

 private:
  // Finds the block's pixels.
  void enter(std::int64_t block) {
    const Conv& c = s_.c;
    const std::int64_t cb = block % s_.col_blocks, rb = block / s_.col_blocks % s_.row_blocks;
    slice_ = block / (s_.col_blocks * s_.row_blocks) % c.out[0];
    image_ = block / (s_.col_blocks * s_.row_blocks * c.out[0]) * s_.images;
    row_ = rb * s_.rows;
    col_ = cb * s_.cols;
    rows_ = std::min(s_.rows, c.out[1] - row_);
    cols_ = std::min(s_.cols, c.out[2] - col_);
    images_ = std::min(s_.images, c.batch - image_);
    region_height_ = s_.region_height(rows_);
    region_width_ = s_.region_width(cols_);
    tiled_ = {channels_, tiles_, images_ * image_pixels(), region_};
    dy_block_ = dy_ + (((image_ * c.out[0] + slice_) * c.out[1] + row_) * c.out[2] + col_) * s_.out;
    dy_next_ = dy_block_ + images_ * rows_ * cols_ * s_.out;
    // Where this block's pixels end, the next one's begin.
    const std::int64_t row = row_ * c.stride[1] - c.pad[1];
    const std::int64_t next_row = std::clamp<std::int64_t>(
        c.out[1] == 1 ? row : row + region_height_ * c.stride[1] / s_.row_step(), 0, c.in[1]);
    const std::int64_t next_col = c.out[1] == 1 ? (col_ + cols_) * c.stride[2] : 0;
    x_next_ =
        x_ +
        (((image_ + images_ - 1) * c.in[0] * c.in[1] + next_row) * c.in[2] + next_col) * s_.in +
        channel_;
  }

  std::int64_t image_pixels() const { return s_.c.kernel[0] * region_height_ * region_width_; }

  // Copies the block's part of x: each pixel with the one that the next output along the row reads.
  void copy_x() {
    const Conv& c = s_.c;
    const std::int64_t row_step = c.stride[1] / s_.row_step();
    std::int64_t pixel = 0;
    for (std::int64_t i = 0; i < images_; ++i)
      for (std::int64_t d = 0; d < c.kernel[0]; ++d)
        for (std::int64_t h = 0; h < region_height_; ++h, pixel += region_width_) {
          const std::int64_t sd = slice_ * c.stride[0] - c.pad[0] + d * c.dilation[0];
          const std::int64_t sh = row_ * c.stride[1] - c.pad[1] + h * row_step;
          const bool inside = sd >= 0 && sd < c.in[0] && sh >= 0 && sh < c.in[1];
          const float* row =
              x_ + (((image_ + i) * c.in[0] + sd) * c.in[1] + sh) * c.in[2] * s_.in + channel_;
          copy_row(inside ? row : nullptr, pixel);
        }
  }

  // With an odd number of columns the last pixel's partner meets a zero of dy.
  void copy_row(const float* row, std::int64_t pixel) {
    const Conv& c = s_.c;
    const std::int64_t step = c.kernel[2] == 1 ? 2 * c.stride[2] : 1;
    const auto at = [&](std::int64_t w) {
      return row == nullptr || w < 0 || w >= c.in[2] ? nullptr : row + w * s_.in;
    };
    std::int64_t w = col_ * c.stride[2] - c.pad[2];
    for (std::int64_t i = 0; i < region_width_; ++i, ++pixel, w += step) {
      if (s_.merged)
        pair_rows(at(w), at(w + c.stride[2]), channels_, region_ + pixel * channels_);
      else
        pair_tiles(at(w), at(w + c.stride[2]), tiled_, pixel);
    }
  }

  // Tile number `tile` of `count` of a panel fetches one cache line of each pixel: the first tiles
  // those of dy that the next panel reads, the others those of x for the next block.
  void fetch_ahead(std::int64_t panel, std::int64_t tile, std::int64_t count, PixelTile& t) const {
    const Conv& c = s_.c;
    const auto lines = [](std::int64_t floats, std::int64_t step) {
      return divide_up(floats + (step % 16 == 0 ? 0 : 15), 16);  // pixels may start within a line
    };
    const std::int64_t x_lines = lines(channels_, s_.in), dy_lines = lines(kPanel, s_.out);
    const std::int64_t of_x = panel * (count - dy_lines) + tile - dy_lines;
    const bool single = c.kernel[1] == 1 && c.kernel[2] == 1;
    t.ahead = x_next_;
    t.ahead_step = t.ahead_entry = 0;
    if (tile < dy_lines) {
      t.ahead = (panel + 1 < s_.panels ? dy_block_ + (panel + 1) * kPanel : dy_next_) + 16 * tile;
      t.ahead_step = s_.out;
      t.ahead_entry = c.out[2] * s_.out;
    } else if (single && of_x < x_lines) {
      t.ahead = x_next_ + 16 * of_x;
      t.ahead_step = c.stride[2] * s_.in;
      t.ahead_entry = c.stride[1] * c.in[2] * s_.in;
    } else if (!single && of_x < x_lines * c.stride[1] * c.stride[2]) {
      t.ahead = x_next_ + of_x / x_lines * images_ * rows_ * cols_ * s_.in + 16 * (of_x % x_lines);
      t.ahead_step = s_.in;
      t.ahead_entry = cols_ * s_.in;
    }
  }

  void run_panel(std::int64_t panel, float* copy, bool accumulate) {
    const Conv& c = s_.c;
    const std::int64_t columns = std::min(kPanel, s_.out - panel * kPanel);
    const std::int64_t vectors = divide_up(columns, kLanes);
    PixelTile t{};
    t.images = images_;
    t.entries = rows_;
    t.pixels = cols_;
    t.b = dy_panel_;
    t.accumulate = accumulate;
    t.dy = dy_block_ + panel * kPanel;
    t.dy_step = s_.out;
    t.dy_entry = c.out[2] * s_.out;
    t.dy_image = c.out[1] * t.dy_entry;
    t.columns = columns;
    float* to = copy + panel * kPanel * s_.taps * height_;  // [panel][tap][row][column]
    for (std::int64_t tap = 0; tap < s_.taps; ++tap) {
      const std::int64_t kernel_w = c.kernel[2] / s_.runs;
      const std::int64_t kw = tap % kernel_w, kh = tap / kernel_w % c.kernel[1];
      const std::int64_t kd = tap / (kernel_w * c.kernel[1]);
      const std::int64_t start =
          (kd * region_height_ + kh * c.dilation[1]) * region_width_ + kw * c.dilation[2];
      for (std::int64_t i = 0; i < tiles_; ++i) {
        const std::int64_t m0 = cut(height_, tiles_, i), m1 = cut(height_, tiles_, i + 1);
        const std::int64_t pixel = s_.merged ? channels_ : kLanes;
        t.a = (s_.merged ? region_ + m0 : tiled_.tile(i)) + start * pixel;
        t.a_step = s_.pair_step() * pixel;
        t.a_entry = s_.row_step() * region_width_ * pixel;
        t.a_image = image_pixels() * pixel;
        t.c = to + (tap * height_ + m0) * vectors * kLanes;
        fetch_ahead(panel, tap * tiles_ + i, s_.taps * tiles_, t);
        pixel_tile(t, m1 - m0, vectors);
        t.dy = nullptr;
      }
    }
  }

  const Split& s_;
  Gather gather_;
  const float *x_, *dy_;
  Pair *region_, *dy_panel_;
  TiledPanel tiled_{};
  std::int64_t channel_ = 0, channels_ = 0, height_ = 0, tiles_ = 0;
  std::int64_t image_ = 0, images_ = 0, slice_ = 0, row_ = 0, rows_ = 0, col_ = 0, cols_ = 0;
  std::int64_t region_height_ = 0, region_width_ = 0;
  const float *dy_block_ = nullptr, *x_next_ = nullptr, *dy_next_ = nullptr;
};

void run_pixels(const Conv& conv, const float* x, const float* dy, float* dweight, float* copies,
                ThreadPool& pool) {
  const Split s = split(conv);
  const auto scratch = [&](int worker) { return reinterpret_cast<float*>(pool.scratch(worker)); };
  const auto gather = [&](int worker) { return Gather(s, copies, dweight, scratch(worker)); };
  pool.run(s.slots * s.parts, [&](std::int64_t task, int worker) {
    const std::int64_t part = task % s.parts, slot = task / s.parts;
    Worker(s, x, dy, gather(worker), reinterpret_cast<Pair*>(scratch(worker) + kStageFloats))
        .run(slot, part, copies + slot * s.slot_floats + part_start(s, part));
  });
  if (s.slots == 1) return;
  pool.run(s.parts * s.panels, [&](std::int64_t task, int worker) {
    gather(worker).run(task / s.panels, task % s.panels);
  });
}

void run(const Problem& problem, const Args& args) noexcept {
  run_pixels(std::get<Conv>(problem), args.in<float>(0), args.in<float>(1), args.out<float>(0),
             reinterpret_cast<float*>(args.scratch), args.pool);
}

std::size_t scratch_bytes(const Problem& problem) {
  const Split s = split(std::get<Conv>(problem));
  return std::size_t(s.slots * s.slot_floats) * sizeof(float);
}

}  // namespace
}  // namespace bf16

constinit const Kernel kConvGradWeightBf16 = {
    .family = "conv_grad_weight",
    .name = "bf16",
    .refuse = [](const Problem& problem) { return refuse_bf16(problem, ConvPass::grad_weight); },
    .scratch_bytes = bf16::scratch_bytes,
    .run = bf16::run};

}  // namespace noyau::kernels
