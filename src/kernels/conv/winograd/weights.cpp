// The gradient of the weights by Winograd's minimal filtering: windows of x and tiles of dy at the
// points, one matrix product per point (rows are channels of x, columns channels of dy, the
// reduction runs over tiles), and the taps from the sums, once.

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/conv/winograd/weights.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
#include "kernels/simd.hpp"

#include "kernels/chunks.hpp"
#include "kernels/conv/winograd/geometry.hpp"
#include "kernels/conv/winograd/region-inl.hpp"
#include "kernels/conv/winograd/winograd.hpp"

HWY_BEFORE_NAMESPACE();
namespace noyau::kernels {
namespace HWY_NAMESPACE {

template <int MR, int NV>
struct SumInstance {
  static void function(const PixelTile& t) { pixel_tile<MR, NV>(t); }
};
using SumFn = void (*)(const PixelTile&);
constexpr auto kSumTiles =
    tile_table<SumInstance, SumFn>(std::make_integer_sequence<int, kVectors>());

/// Tiles at one point in panels of channels, [panel][tile][channel]: a product that walks over
/// tiles reads two panels from front to back.
struct PointPanels {
  std::int64_t channels, panel, tiles;

  std::int64_t count() const { return divide_up(channels, panel); }
  std::int64_t used(std::int64_t p) const { return std::min(panel, channels - p * panel); }
  std::int64_t width(std::int64_t p) const { return round_up(used(p), lanes()); }
  std::int64_t at(std::int64_t tile, std::int64_t channel) const {
    const std::int64_t p = channel / panel;
    return p * panel * tiles + tile * width(p) + channel % panel;
  }
  std::int64_t floats() const { return odd_lines(tiles * round_up(channels, lanes())); }
};

/// How a problem is cut, from its shape and the instruction set alone. The tiles are taken in
/// chunks; all chunks add to the same sums, in order.
struct SumCut {
  WinogradShape s;
  std::int64_t chunk;  // tiles
  PointPanels x, dy;

  std::int64_t sum_point() const { return odd_lines(x.channels * round_up(dy.channels, lanes())); }
  std::int64_t floats() const { return s.points() * (x.floats() + dy.floats() + sum_point()); }
};

SumCut sum_cut(const Conv& conv) {
  constexpr std::int64_t kChunkFloats = 3 << 19;  // some of a third-level cache
  constexpr std::int64_t kFewest = 128;           // tiles that pay for a visit to the sums
  SumCut c;
  c.s = winograd_shape(conv, ConvPass::forward);
  const std::int64_t tile_floats = c.s.points() * (c.s.src_channels + c.s.dst_channels);
  const std::int64_t chunks = divide_up(c.s.tiles(), std::max(kFewest, kChunkFloats / tile_floats));
  c.chunk = divide_up(c.s.tiles(), chunks);
  c.x = {c.s.src_channels, 48, c.chunk};  // a multiple of the rows of products on all targets
  c.dy = {c.s.dst_channels, kVectors * lanes(), c.chunk};
  return c;
}

/// The steps on one chunk of tiles.
template <int m>
struct SumSteps {
  const SumCut& plan;
  const float *x, *dy;
  float *x_points, *dy_points, *sums;

  static constexpr int n = m + 2;

  void points(std::int64_t chunk, std::int64_t first, std::int64_t last, const float* zeros) const {
    const WinogradShape& s = plan.s;
    const auto window = [](const V(&in)[n], V(&out)[n]) { window_at_points(in, out); };
    const auto taps = [](const V(&in)[m], V(&out)[n]) { taps_at_points<m>(in, out); };
    const Pictures from_x{x, s.src, s.src_channels, zeros};
    const Pictures from_dy{dy, s.dst, s.dst_channels, zeros};
    for (std::int64_t i = first; i < last; ++i) {
      const WinogradTile at = winograd_tile(s, chunk * plan.chunk + i);
      region_at_points<n, n>(
          window, from_x, at.image, at.src_row, at.src_col,
          [&](std::int64_t channel) { return x_points + plan.x.at(i, channel); }, plan.x.floats());
      region_at_points<m, n>(
          taps, from_dy, at.image, at.dst_row, at.dst_col,
          [&](std::int64_t channel) { return dy_points + plan.dy.at(i, channel); },
          plan.dy.floats());
    }
  }

  float* sums_at(std::int64_t point, std::int64_t panel) const {
    return sums + point * plan.sum_point() + panel * plan.dy.panel * plan.x.channels;
  }

  // The product of one point for one panel of dy.
  void multiply(std::int64_t point, std::int64_t panel, std::int64_t tiles, bool accumulate) const {
    PixelTile t{};
    t.entries = 1;
    t.depth = tiles;
    t.b = dy_points + point * plan.dy.floats() + plan.dy.at(0, panel * plan.dy.panel);
    t.b_step = plan.dy.width(panel);
    t.c = sums_at(point, panel);
    t.accumulate = accumulate;
    for (std::int64_t p = 0; p < plan.x.count(); ++p) {
      t.a = x_points + point * plan.x.floats() + plan.x.at(0, p * plan.x.panel);
      t.a_step = plan.x.width(p);
      rows_of_panel(t, plan.x.used(p));
    }
  }

  // Products of `channels` rows; leaves t.c behind them.
  static void rows_of_panel(PixelTile& t, std::int64_t channels) {
    const auto vectors = std::size_t(t.b_step / lanes());
    const std::int64_t count = divide_up(channels, kMaxRows[vectors]);
    for (std::int64_t i = 0; i < count; ++i) {
      const std::int64_t rows = cut(channels, count, i + 1) - cut(channels, count, i);
      t.ahead = t.a;
      kSumTiles[vectors - 1][std::size_t(rows - 1)](t);
      t.a += rows;
      t.c += rows * t.b_step;
    }
  }

  // The taps of a vector of columns from column i of a panel on, for channels [first, last) of x,
  // at most kTapChannels. Collected here, they leave in long runs.
  void taps(std::int64_t panel, std::int64_t i, std::int64_t first, std::int64_t last,
            float* dweight) const {
    const auto pass = [](const V(&in)[n], V(&out)[3]) { outputs_from_points(in, out); };
    const std::int64_t width = plan.dy.width(panel), column = panel * plan.dy.panel + i;
    const std::int64_t columns = std::min(kLanes, plan.dy.channels - column);
    float collected[16][9 * kTapChannels];
    for (std::int64_t channel = first; channel < last; ++channel) {
      HWY_ALIGN float vectors[9 * 16];
      const float* from = sums_at(0, panel) + channel * width + i;
      along_both_axes<n, 3>(
          pass,
          [&](int r, int c) {
            const float* sum = from + (r * n + c) * plan.sum_point();
            hwy::Prefetch(sum + 4 * width);
            return hn::LoadU(D(), sum);
          },
          [&](int r, int c, V v) { hn::Store(v, D(), vectors + (r * 3 + c) * kLanes); });
      for (std::int64_t k = 0; k < columns; ++k)
        for (std::int64_t tap = 0; tap < 9; ++tap)
          collected[k][(channel - first) * 9 + tap] = vectors[tap * kLanes + k];
    }
    for (std::int64_t k = 0; k < columns; ++k)
      std::copy_n(collected[k], (last - first) * 9,
                  dweight + ((column + k) * plan.x.channels + first) * 9);
  }

  static constexpr std::int64_t kTapChannels = 32;
};

template <int m>
void run_sums(const SumSteps<m>& steps, float* dweight, ThreadPool& pool) {
  constexpr std::int64_t kTogether = 4;  // panels that share a point's tiles in the nearest cache
  const SumCut& plan = steps.plan;
  const std::int64_t most_channels = std::max(plan.s.src_channels, plan.s.dst_channels);
  const std::int64_t grain = grain_for(most_channels * 32);
  const std::int64_t groups = divide_up(plan.dy.count(), kTogether);
  for (std::int64_t chunk = 0; chunk * plan.chunk < plan.s.tiles(); ++chunk) {
    const std::int64_t tiles = std::min(plan.chunk, plan.s.tiles() - chunk * plan.chunk);
    pool.run(divide_up(tiles, grain), [&](std::int64_t task, int worker) {
      float* zeros = reinterpret_cast<float*>(pool.scratch(worker));
      std::fill_n(zeros, most_channels, 0.0f);
      steps.points(chunk, task * grain, std::min(tiles, (task + 1) * grain), zeros);
    });
    pool.run(groups * plan.s.points(), [&](std::int64_t task, int) {
      const std::int64_t point = task % plan.s.points(), group = task / plan.s.points();
      const std::int64_t last = std::min(plan.dy.count(), (group + 1) * kTogether);
      for (std::int64_t panel = group * kTogether; panel < last; ++panel)
        steps.multiply(point, panel, tiles, chunk > 0);
    });
  }
  constexpr std::int64_t kChannels = SumSteps<m>::kTapChannels;
  const std::int64_t parts = divide_up(plan.s.src_channels, kChannels);
  pool.run(plan.dy.count() * parts, [&](std::int64_t task, int) {
    const std::int64_t panel = task / parts, first = task % parts * kChannels;
    const std::int64_t last = std::min(plan.s.src_channels, first + kChannels);
    for (std::int64_t i = 0; i < plan.dy.width(panel); i += kLanes)
      steps.taps(panel, i, first, last, dweight);
  });
}

void run_winograd_weights(const Conv& conv, const float* x, const float* dy, float* dweight,
                          float* scratch, ThreadPool& pool) {
  const SumCut plan = sum_cut(conv);
  float* dy_points = scratch + plan.s.points() * plan.x.floats();
  float* sums = dy_points + plan.s.points() * plan.dy.floats();
  if (plan.s.tile == 4)
    run_sums(SumSteps<4>{plan, x, dy, scratch, dy_points, sums}, dweight, pool);
  else
    run_sums(SumSteps<2>{plan, x, dy, scratch, dy_points, sums}, dweight, pool);
}

std::size_t winograd_weights_scratch(const Conv& conv) {
  return std::size_t(sum_cut(conv).floats());
}

}  // namespace HWY_NAMESPACE
}  // namespace noyau::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace noyau::kernels {

HWY_EXPORT(run_winograd_weights);
HWY_EXPORT(winograd_weights_scratch);

namespace {

// The gradient has one tap for each of the forward pass's, over the same tiles.
std::string refuse(const Problem& problem) { return refuse_winograd(problem, ConvPass::forward); }

void run(const Problem& problem, const Args& args) noexcept {
  HWY_DYNAMIC_DISPATCH(run_winograd_weights)
  (std::get<Conv>(problem), args.in<float>(0), args.in<float>(1), args.out<float>(0),
   reinterpret_cast<float*>(args.scratch), args.pool);
}

std::size_t scratch_bytes(const Problem& problem) {
  return HWY_DYNAMIC_DISPATCH(winograd_weights_scratch)(std::get<Conv>(problem)) * sizeof(float);
}

}  // namespace

constinit const Kernel kConvGradWeightWinograd = {.family = "conv_grad_weight",
                                                  .name = "winograd",
                                                  .refuse = refuse,
                                                  .scratch_bytes = scratch_bytes,
                                                  .run = run};

}  // namespace noyau::kernels
#endif
