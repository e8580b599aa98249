// The gradient of the weights by Winograd's minimal filtering: windows of x and tiles of dy at the
// points, one matrix product per point (rows are channels of x, columns channels of dy, the
// reduction runs over tiles), and the taps from the sums, once.

#include "kernels/simd.hpp"
// The macros above come before Highway.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/conv/winograd/weights.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

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

/// How a problem is cut, from its shape and the instruction set alone.
///
/// Where the sums would not stay in a cache but all tiles do, each task makes its part of the sums
/// of all points and leaves with the taps. Otherwise the tiles are taken in chunks; all chunks add
/// to the same sums, in order.
struct SumCut {
  WinogradShape s;
  bool at_once;
  std::int64_t chunk;  // tiles
  PointPanels x, dy;

  std::int64_t sum_point() const { return odd_lines(x.channels * round_up(dy.channels, lanes())); }
  std::int64_t sums() const { return at_once ? 0 : s.points() * sum_point(); }
  std::int64_t floats() const { return s.points() * (x.floats() + dy.floats()) + sums(); }
};

SumCut sum_cut(const Conv& conv) {
  constexpr std::int64_t kChunkFloats = 3 << 19;   // some of a third-level cache
  constexpr std::int64_t kAtOnceFloats = 6 << 20;  // most of it
  constexpr std::int64_t kSumFloats = 1 << 20;
  constexpr std::int64_t kFewest = 128;  // tiles that pay for a visit to the sums
  SumCut c;
  c.s = winograd_shape(conv, ConvPass::grad_weight);
  const std::int64_t tile_floats = c.s.points() * (c.s.src_channels + c.s.dst_channels);
  c.at_once = c.s.points() * c.s.src_channels * c.s.dst_channels > kSumFloats &&
              c.s.tiles() * tile_floats <= kAtOnceFloats;
  const std::int64_t most = std::max(kFewest, kChunkFloats / tile_floats);
  const std::int64_t chunks = c.at_once ? 1 : divide_up(c.s.tiles(), most);
  c.chunk = divide_up(c.s.tiles(), chunks);
  c.x = {c.s.src_channels, 48, c.chunk};  // a multiple of the rows of products on all targets
  c.dy = {c.s.dst_channels, kVectors * lanes(), c.chunk};
  return c;
}

/// What the next products read, fetched one cache line per step of these: x, then dy.
struct Fetch {
  const float *x, *dy;
  std::int64_t x_floats, done = 0;

  void during(PixelTile& t) {
    t.ahead = done < x_floats ? x + done : dy + (done - x_floats);
    t.ahead_step = 16;
    done += 16 * t.depth;
  }
};

/// The steps on one chunk of tiles.
template <int m>
struct SumSteps {
  const SumCut& plan;
  const float *x, *dy;
  ReadThrough norm;  // of x
  float *x_points, *dy_points;

  static constexpr int n = m + 2;

  void points(std::int64_t chunk, std::int64_t first, std::int64_t last, const float* zeros) const {
    const WinogradShape& s = plan.s;
    const auto window = [](const V(&in)[n], V(&out)[n]) { window_at_points(in, out); };
    const auto taps = [](const V(&in)[m], V(&out)[n]) { taps_at_points<m>(in, out); };
    const Pictures from_x{x, s.src, s.src_channels, zeros, norm};
    const Pictures from_dy{dy, s.dst, s.dst_channels, zeros};
    with_way_of_reading(norm, [&]<class Way>() {
      for (std::int64_t i = first; i < last; ++i) {
        const WinogradTile at = winograd_tile(s, chunk * plan.chunk + i);
        region_at_points<n, n, Way>(
            window, from_x, at.image, at.src_row, at.src_col,
            [&](std::int64_t channel) { return x_points + plan.x.at(i, channel); },
            plan.x.floats());
        region_at_points<m, n, AsStored>(
            taps, from_dy, at.image, at.dst_row, at.dst_col,
            [&](std::int64_t channel) { return dy_points + plan.dy.at(i, channel); },
            plan.dy.floats());
      }
    });
  }

  const float* x_panel(std::int64_t point, std::int64_t p) const {
    return x_points + point * plan.x.floats() + plan.x.at(0, p * plan.x.panel);
  }
  const float* dy_panel(std::int64_t point, std::int64_t p) const {
    return dy_points + point * plan.dy.floats() + plan.dy.at(0, p * plan.dy.panel);
  }

  // The product of one point for panel p of x and q of dy, to rows from `to` on.
  void multiply(std::int64_t point, std::int64_t p, std::int64_t q, std::int64_t tiles,
                bool accumulate, Fetch* fetch, float* to) const {
    const std::int64_t channels = plan.x.used(p), width = plan.dy.width(q);
    const auto vectors = std::size_t(width / lanes());
    const std::int64_t count = divide_up(channels, kMaxRows[vectors]);
    PixelTile t{};
    t.entries = 1;
    t.depth = tiles;
    t.a_step = plan.x.width(p);
    t.b = dy_panel(point, q);
    t.b_step = width;
    t.accumulate = accumulate;
    for (std::int64_t i = 0; i < count; ++i) {
      const std::int64_t first = cut(channels, count, i), last = cut(channels, count, i + 1);
      t.a = t.ahead = x_panel(point, p) + first;
      t.c = to + first * width;
      if (fetch != nullptr) fetch->during(t);
      kSumTiles[vectors - 1][std::size_t(last - first - 1)](t);
    }
  }

  // The taps of channels [first, last) of x and one panel of dy, whose sums lie in rows from `from`
  // on, `step` floats from point to point.
  void taps(const float* from, std::int64_t step, std::int64_t first, std::int64_t last,
            std::int64_t panel, float* dweight) const {
    const std::int64_t width = plan.dy.width(panel);
    for (; first < last; first += kTapChannels) {
      const std::int64_t count = std::min(last - first, kTapChannels);
      for (std::int64_t i = 0; i < width; i += kLanes)
        taps_of_columns(from + i, step, width, first, count, panel * plan.dy.panel + i, dweight);
      from += count * width;
    }
  }

  // Taps of a vector of columns are collected, and leave in long runs.
  void taps_of_columns(const float* from, std::int64_t step, std::int64_t width, std::int64_t first,
                       std::int64_t count, std::int64_t column, float* dweight) const {
    const auto pass = [](const V(&in)[n], V(&out)[3]) { outputs_from_points(in, out); };
    const std::int64_t columns = std::min(kLanes, plan.dy.channels - column);
    float collected[16][9 * kTapChannels];
    for (std::int64_t channel = 0; channel < count; ++channel, from += width) {
      HWY_ALIGN float vectors[9 * 16];
      along_both_axes<n, 3>(
          pass,
          [&](int r, int c) {
            const float* sum = from + (r * n + c) * step;
            hwy::Prefetch(sum + 4 * width);
            return hn::LoadU(D(), sum);
          },
          [&](int r, int c, V v) { hn::Store(v, D(), vectors + (r * 3 + c) * kLanes); });
      for (std::int64_t k = 0; k < columns; ++k)
        for (std::int64_t tap = 0; tap < 9; ++tap)
          collected[k][channel * 9 + tap] = vectors[tap * kLanes + k];
    }
    for (std::int64_t k = 0; k < columns; ++k)
      std::copy_n(collected[k], count * 9, dweight + ((column + k) * plan.x.channels + first) * 9);
  }

  static constexpr std::int64_t kTapChannels = 24;
};

// Both operands of a chunk at the points.
template <int m>
void chunk_at_points(const SumSteps<m>& steps, std::int64_t chunk, std::int64_t tiles,
                     ThreadPool& pool) {
  const WinogradShape& s = steps.plan.s;
  const std::int64_t most_channels = std::max(s.src_channels, s.dst_channels);
  const std::int64_t grain = grain_for(most_channels * 32);
  pool.run(divide_up(tiles, grain), [&](std::int64_t task, int worker) {
    float* zeros = reinterpret_cast<float*>(pool.scratch(worker));
    std::fill_n(zeros, most_channels, 0.0f);
    steps.points(chunk, task * grain, std::min(tiles, (task + 1) * grain), zeros);
  });
}

template <int m>
void sum_at_once(const SumSteps<m>& steps, float* dweight, ThreadPool& pool) {
  const SumCut& plan = steps.plan;
  const PointPanels &x = plan.x, &dy = plan.dy;
  constexpr std::int64_t kTogether = 2;  // panels of dy that share a panel of x and a cache
  const std::int64_t step = odd_lines(x.panel * dy.panel * kTogether);
  chunk_at_points(steps, 0, plan.chunk, pool);
  pool.run(x.count() * divide_up(dy.count(), kTogether), [&](std::int64_t task, int worker) {
    float* sums = reinterpret_cast<float*>(pool.scratch(worker));
    const std::int64_t p = task % x.count(), first = task / x.count() * kTogether;
    const std::int64_t last = std::min(dy.count(), first + kTogether);
    for (std::int64_t point = 0; point < plan.s.points(); ++point) {
      Fetch fetch{steps.x_panel(point + 1, p), steps.dy_panel(point + 1, first),
                  x.width(p) * plan.chunk};
      for (std::int64_t q = first; q < last; ++q)
        steps.multiply(point, p, q, plan.chunk, false, &fetch,
                       sums + point * step + (q - first) * x.panel * dy.panel);
    }
    for (std::int64_t q = first; q < last; ++q)
      steps.taps(sums + (q - first) * x.panel * dy.panel, step, p * x.panel,
                 p * x.panel + x.used(p), q, dweight);
  });
}

template <int m>
void sum_in_chunks(const SumSteps<m>& steps, float* sums, float* dweight, ThreadPool& pool) {
  const SumCut& plan = steps.plan;
  const std::int64_t step = plan.sum_point(), channels = plan.x.channels;
  constexpr std::int64_t kTogether = 4;  // panels of dy that share the tiles of x in a cache
  const std::int64_t panels = plan.dy.count();
  for (std::int64_t chunk = 0; chunk * plan.chunk < plan.s.tiles(); ++chunk) {
    const std::int64_t tiles = std::min(plan.chunk, plan.s.tiles() - chunk * plan.chunk);
    chunk_at_points(steps, chunk, tiles, pool);
    pool.run(divide_up(panels, kTogether) * plan.s.points(), [&](std::int64_t task, int) {
      const std::int64_t point = task % plan.s.points(), first = task / plan.s.points() * kTogether;
      for (std::int64_t q = first; q < std::min(panels, first + kTogether); ++q)
        for (std::int64_t p = 0; p < plan.x.count(); ++p) {
          const std::int64_t row =
              q * plan.dy.panel * channels + p * plan.x.panel * plan.dy.width(q);
          steps.multiply(point, p, q, tiles, chunk > 0, nullptr, sums + point * step + row);
        }
    });
  }
  const std::int64_t parts = divide_up(channels, SumSteps<m>::kTapChannels);
  pool.run(panels * parts, [&](std::int64_t task, int) {
    const std::int64_t q = task / parts, first = task % parts * SumSteps<m>::kTapChannels;
    const float* from = sums + q * plan.dy.panel * channels + first * plan.dy.width(q);
    steps.taps(from, step, first, std::min(channels, first + SumSteps<m>::kTapChannels), q,
               dweight);
  });
}

template <int m>
void run_sums(const SumSteps<m>& steps, float* sums, float* dweight, ThreadPool& pool) {
  if (steps.plan.at_once)
    sum_at_once(steps, dweight, pool);
  else
    sum_in_chunks(steps, sums, dweight, pool);
}

void run_winograd_weights(const Conv& conv, const Args& args) {
  const SumCut plan = sum_cut(conv);
  const float *x = args.in<float>(0), *dy = args.in<float>(1);
  const ReadThrough norm = read_through(conv, args, 2);
  float *dweight = args.out<float>(0), *scratch = reinterpret_cast<float*>(args.scratch);
  float* dy_points = scratch + plan.s.points() * plan.x.floats();
  float* sums = dy_points + plan.s.points() * plan.dy.floats();
  if (plan.s.tile == 4)
    run_sums(SumSteps<4>{plan, x, dy, norm, scratch, dy_points}, sums, dweight, args.pool);
  else
    run_sums(SumSteps<2>{plan, x, dy, norm, scratch, dy_points}, sums, dweight, args.pool);
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
std::string refuse(const Problem& problem) {
  return refuse_winograd(problem, ConvPass::grad_weight);
}

void run(const Problem& problem, const Args& args) noexcept {
  HWY_DYNAMIC_DISPATCH(run_winograd_weights)(std::get<Conv>(problem), args);
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
