// The forward pass as a blocked product of integers: rows are pixels of y, columns its channels,
// the reduction runs over taps and quads of channels of x.

#include <array>

#include "kernels/chunks.hpp"
#include "kernels/conv/conv.hpp"
#include "kernels/conv/int8/int8.hpp"
#include "kernels/conv/int8/source.hpp"
#include "kernels/conv/int8/weights.hpp"
#include "kernels/conv/sweep.hpp"
#include "kernels/norm/carried.hpp"

namespace noyau::kernels {
namespace int8 {
namespace {

// How a problem is cut. Everything here follows from the shape alone.
struct Blocking {
  Source source;
  bool images_are_rows;     // one pixel of y a picture: the pictures make up one row
  std::int64_t rows, cols;  // of y, pixels of a row
  std::int64_t rows_task, cols_task;
  std::int64_t panels, column_splits;

  explicit Blocking(const Conv& conv) : source(conv) {
    constexpr std::int64_t kPixels = 112, kTasks = 24;
    const Conv& c = source.c;
    images_are_rows = volume(c.out) == 1;
    rows = images_are_rows ? 1 : c.batch * c.out[0] * c.out[1];
    cols = images_are_rows ? c.batch : c.out[2];
    cols_task = divide_up(cols, divide_up(cols, kPixels));
    rows_task = std::max<std::int64_t>(1, kPixels / cols_task);
    panels = divide_up(c.out_channels, kPanel);
    column_splits =
        std::clamp<std::int64_t>(divide_up(kTasks, row_tasks() * col_tasks()), 1, panels);
  }

  std::int64_t row_tasks() const { return divide_up(rows, rows_task); }
  std::int64_t col_tasks() const { return divide_up(cols, cols_task); }
};

struct Operands {
  SourceBuffer source;
  PackedWeights weights;
  const float *bias, *residual;
  float* y;
};

// Pixels of some rows, columns of some panels.
class Worker {
 public:
  Worker(const Blocking& b, const Operands& o) : b_(b), c_(b.source.c), o_(o) {
    tile_.entry = entry_.data();
    tile_.a_row = b.images_are_rows ? b.source.image_bytes() : c_.stride[2] * b.source.pixel;
    tile_.y_row = c_.out_channels;
    tile_.activation = c_.activation;
    tile_.scale_step = b.images_are_rows ? 1 : 0;
    find_entries();
  }

  void run(std::int64_t row_task, std::int64_t col_task, std::int64_t split) {
    const std::int64_t row = row_task * b_.rows_task, col = col_task * b_.cols_task;
    const std::int64_t last_row = std::min(row + b_.rows_task, b_.rows);
    const std::int64_t cols = std::min(b_.cols_task, b_.cols - col);
    const std::int64_t tiles = divide_up(cols, kMaxRows);
    for (std::int64_t p = cut(b_.panels, b_.column_splits, split);
         p < cut(b_.panels, b_.column_splits, split + 1); ++p) {
      take_panel(p);
      for (std::int64_t r = row; r < last_row; ++r)
        for (std::int64_t i = 0; i < tiles; ++i)
          run_pixels(r, col + cut(cols, tiles, i), col + cut(cols, tiles, i + 1));
    }
  }

 private:
  // Where each tap, or each row of them, starts.
  void find_entries() {
    const Source& s = b_.source;
    const std::int64_t merge = s.merged() ? c_.kernel[2] : 1;
    tile_.quads = merge * s.quads;
    tile_.entries = 0;
    for (std::int64_t d = 0; d < c_.kernel[0]; ++d)
      for (std::int64_t h = 0; h < c_.kernel[1]; ++h)
        for (std::int64_t w = 0; w < c_.kernel[2]; w += merge)
          entry_[std::size_t(tile_.entries++)] =
              (d * c_.dilation[0] * s.extent[1] + h * c_.dilation[1]) * s.row_bytes() +
              w * c_.dilation[2] * s.pixel;
  }

  void take_panel(std::int64_t p) {
    column_ = p * kPanel;
    tile_.columns = std::min(kPanel, c_.out_channels - column_);
    tile_.b = o_.weights.panel(p);
    tile_.weight_scale = o_.weights.scales + column_;
    tile_.weight_sum = o_.weights.sums + column_;
    tile_.bias = o_.bias == nullptr ? nullptr : o_.bias + column_;
  }

  void run_pixels(std::int64_t row, std::int64_t begin, std::int64_t end) {
    const Source& s = b_.source;
    const std::int64_t h = row % c_.out[1], slice = row / c_.out[1];
    const std::int64_t d = slice % c_.out[0], image = slice / c_.out[0];
    tile_.a = o_.source.images + image * s.image_bytes() +
              (d * c_.stride[0] * s.extent[1] + h * c_.stride[1]) * s.row_bytes() +
              begin * tile_.a_row;
    tile_.scale = o_.source.scales + (b_.images_are_rows ? begin : image);
    const std::int64_t at = (row * b_.cols + begin) * c_.out_channels + column_;
    tile_.y = o_.y + at;
    tile_.residual = o_.residual == nullptr ? nullptr : o_.residual + at;
    run_tile(tile_, end - begin, divide_up(tile_.columns, kLanes));
  }

  const Blocking& b_;
  const Conv& c_;
  const Operands& o_;
  std::int64_t column_ = 0;
  Tile tile_{};
  std::array<std::int64_t, kMaxWindow> entry_;
};

void run(const Problem& problem, const Args& args) noexcept {
  const Blocking b(std::get<Conv>(problem));
  const Conv& c = b.source.c;
  // What is packed is only read here.
  auto* packed = const_cast<std::byte*>(args.in<std::byte>(1));
  const Operands operands{SourceBuffer(b.source, args.scratch), PackedWeights(c, packed),
                          c.bias ? args.in<float>(2) : nullptr,
                          c.residual ? args.in<float>(kResidual) : nullptr, args.out<float>(0)};
  fill(b.source, args.in<float>(0), operands.source, args.pool);
  const std::int64_t col_tasks = b.col_tasks(), splits = b.column_splits;
  args.pool.run(b.row_tasks() * col_tasks * splits, [&](std::int64_t i, int) {
    Worker(b, operands).run(i / splits / col_tasks, i / splits % col_tasks, i % splits);
  });
}

void pack_weights(const Problem& problem, const void* weight, void* packed,
                  ThreadPool& pool) noexcept {
  const auto& c = std::get<Conv>(problem);
  pack(c, static_cast<const float*>(weight), PackedWeights(c, static_cast<std::byte*>(packed)),
       pool);
}

std::size_t packed_bytes(const Problem& problem) {
  return packed_weight_bytes(std::get<Conv>(problem));
}
std::size_t scratch_bytes(const Problem& problem) {
  return buffer_bytes(Source(std::get<Conv>(problem)));
}

std::string refuse(const Problem& problem) {
  const auto& c = std::get<Conv>(problem);
  if (c.numerics != Numerics::int8) return "numerics is not int8";
  if (!has_int8()) return "this processor has no AVX512_VNNI";
  if (!c.constant_weights) return "weights change from run to run";
  if (std::string carried = refuse_carried(c); !carried.empty()) return carried;
  if (c.groups != 1) return "several groups";
  // Columns leave lanes of a vector idle; one or two channels leave half of every quad idle.
  if (c.out_channels < 12 || c.in_channels < 3) return "too few channels";
  // 255 * 127 times as many products stay within 32 bits.
  constexpr std::int64_t kMostProducts = 65536;
  if (c.in_channels * volume(c.kernel) > kMostProducts)
    return "a sum of more than " + std::to_string(kMostProducts) + " products";
  return refuse_blocked(problem);
}

}  // namespace
}  // namespace int8

constinit const Kernel kConvInt8 = {.family = "conv",
                                    .name = "int8",
                                    .refuse = int8::refuse,
                                    .scratch_bytes = int8::scratch_bytes,
                                    .run = int8::run,
                                    .packed_bytes = int8::packed_bytes,
                                    .pack = int8::pack_weights,
                                    .in_place = kResidual};

}  // namespace noyau::kernels
