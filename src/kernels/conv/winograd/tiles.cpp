// The forward pass and the gradient of the input by Winograd's minimal filtering: windows of src at
// the points, one matrix product per point (rows are tiles, columns channels of dst, the reduction
// runs over channels of src), outputs from the points.

#include "kernels/simd.hpp"
// The macros above come before Highway.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/conv/winograd/tiles.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/chunks.hpp"
#include "kernels/conv/pack-inl.hpp"
#include "kernels/conv/winograd/finish-inl.hpp"
#include "kernels/conv/winograd/geometry.hpp"
#include "kernels/conv/winograd/region-inl.hpp"
#include "kernels/conv/winograd/winograd.hpp"
#include "kernels/norm/carried.hpp"
#include "kernels/simd-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace noyau::kernels {
namespace HWY_NAMESPACE {

template <int MR, int NV>
struct TileInstance {
  static void function(const RowTile& t) { row_tile<MR, NV>(t); }
};
using TileFn = void (*)(const RowTile&);
constexpr auto kTileProducts =
    tile_table<TileInstance, TileFn>(std::make_integer_sequence<int, kVectors>());

/// How a problem is cut, from its shape, the instruction set and the variant alone.
///
/// Where a block of enough tiles fits into the second-level cache, and there are many blocks, a
/// task does all three steps on one. Otherwise the tiles are taken in chunks, large enough that the
/// weights, which stream by once per chunk, serve many of them, and each step is a parallel loop
/// over the chunk. Variant 1 turns the choice around where blocks of enough tiles fit.
struct TileCut {
  WinogradShape s;
  std::int64_t panel, panels;  // columns of a product
  std::int64_t row;            // floats between tiles of the transformed src
  std::int64_t block;          // tiles per block or chunk
  std::int64_t piece;          // tiles whose outputs are summed for a norm
  std::int64_t grain;          // tiles of a task that transforms those of a chunk
  bool fused;

  std::int64_t width(std::int64_t p) const {  // a panel's packed width: whole vectors
    return std::min(panel, round_up(s.dst_channels - p * panel, lanes()));
  }
  std::int64_t src_point() const { return odd_lines(block * row); }
  std::int64_t dst_point() const { return odd_lines(block * panel); }
  std::int64_t src_floats() const { return s.points() * src_point(); }
  std::int64_t dst_floats() const { return s.points() * dst_point(); }  // of one panel
  std::int64_t pieces_in(std::int64_t tiles) const { return divide_up(tiles, piece); }
  std::int64_t piece_of(std::int64_t b, std::int64_t tile) const {
    return b * pieces_in(block) + tile / piece;
  }
  std::int64_t pieces() const {
    return piece_of((s.tiles() - 1) / block, (s.tiles() - 1) % block) + 1;
  }
  std::int64_t zeros() const { return round_up(s.src_channels, 16); }
  std::int64_t packed_floats() const {
    return s.points() * s.src_channels * round_up(s.dst_channels, lanes());
  }
  const float* weights(const float* packed, std::int64_t p, std::int64_t point) const {
    return packed + (p * panel * s.points() + point * width(p)) * s.src_channels;
  }
};

TileCut tile_cut(const Conv& conv, ConvPass pass) {
  constexpr std::int64_t kBlockFloats = 128 << 10;  // half of a second-level cache of 1 MiB
  constexpr std::int64_t kChunkFloats = 2 << 20;    // some of a third-level cache
  constexpr std::int64_t kRows = kMaxRows[kVectors];
  TileCut t;
  t.s = winograd_shape(conv, pass);
  t.panel = kVectors * lanes();
  t.panels = divide_up(t.s.dst_channels, t.panel);
  t.row = odd_lines(t.s.src_channels);
  const std::int64_t points = t.s.points(), tiles = t.s.tiles();
  const std::int64_t fits = kBlockFloats / (points * (t.row + t.panel)) / kRows * kRows;
  t.fused = fits >= 12 && (tiles >= 96) != (conv.variant == 1);
  if (t.fused) {
    t.block = std::min(fits, round_up(divide_up(tiles, 8), kRows));  // 7 tasks or more
  } else {
    const std::int64_t most = std::max<std::int64_t>(
        kRows, kChunkFloats / (points * (t.row + t.panels * t.panel)) / kRows * kRows);
    const std::int64_t chunks = divide_up(tiles, most);
    t.block = divide_up(tiles, chunks);
  }
  constexpr std::int64_t kPixels = 128;  // a piece of sums has so many, or is a block
  t.grain = grain_for(t.s.src_channels * 16);
  t.piece = t.fused ? t.block : round_up(kPixels / (t.s.tile * t.s.tile), t.grain);
  return t;
}

// The product of one point and panel for `tiles` tiles. `next` are the weights of the product after
// this.
void multiply_point(const TileCut& plan, std::int64_t panel, const float* src_point,
                    const float* weights, const float* next, std::int64_t tiles, float* dst_point) {
  const std::int64_t zero = 0, width = plan.width(panel), vectors = width / lanes();
  const std::int64_t count = divide_up(tiles, kMaxRows[std::size_t(vectors)]);
  RowTile t{};
  t.a_row = plan.row;
  t.entry = &zero;
  t.entries = 1;
  t.depth = plan.s.src_channels;
  t.b = weights;
  t.c_row = width;
  t.columns = width;
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t first = cut(tiles, count, i), last = cut(tiles, count, i + 1);
    t.a = src_point + first * plan.row;
    t.c = dst_point + first * width;
    // Meanwhile the next weights travel, one cache line per channel and tile of rows.
    const bool fetch = i * 16 < width;
    t.ahead = next + (fetch ? i * 16 * t.depth : 0);
    t.ahead_step = fetch ? 16 : 0;
    kTileProducts[std::size_t(vectors - 1)][std::size_t(last - first - 1)](t);
  }
}

// One panel of the outputs of one tile; what they add to the sums goes to rows of dst_channels.
template <int m, class Sums>
void outputs_of_tile(const TileCut& plan, const float* from, std::int64_t tile, std::int64_t panel,
                     const TileFinish& f, float* dst, float* rows_of_sums) {
  constexpr int n = m + 2;
  const WinogradShape& s = plan.s;
  const WinogradTile at = winograd_tile(s, tile);
  const std::int64_t rows = s.dst[0] - at.dst_row, cols = s.dst[1] - at.dst_col;
  const std::int64_t first = panel * plan.panel, step = plan.dst_point();
  float* to =
      dst + ((at.image * s.dst[0] + at.dst_row) * s.dst[1] + at.dst_col) * f.dst_pixel + first;
  const auto pass = [](const V(&x)[n], V(&y)[m]) { outputs_from_points(x, y); };
  for (std::int64_t i = 0; i < plan.width(panel); i += kLanes) {
    const std::int64_t left = s.dst_channels - first - i;
    const V b = f.bias == nullptr ? hn::Zero(D()) : load_n(f.bias + first + i, left);
    Sums sums(f, first + i, left);
    const auto load = [&](int r, int c) { return hn::LoadU(D(), from + (r * n + c) * step + i); };
    const auto finish = [&](V v, const float* pixel, std::int64_t count) {
      v = hn::Add(v, b);
      if (f.residual != nullptr) v = hn::Add(v, load_n(f.residual + (pixel - dst), count));
      v = activated(v, f.activation);
      sums.add(v);
      return v;
    };
    const auto pixel = [&](int r, int c) { return to + (r * s.dst[1] + c) * f.dst_pixel + i; };
    if (rows >= m && cols >= m && left >= kLanes) {
      HWY_UNROLL(4)
      for (int r = 0; r < m; ++r) HWY_UNROLL(4)
      for (int c = 0; c < m; ++c) hwy::Prefetch(pixel(r, c + 2 * m));
      along_both_axes<n, m>(pass, load, [&](int r, int c, V v) {
        hn::StoreU(finish(v, pixel(r, c), kLanes), D(), pixel(r, c));
      });
    } else {
      along_both_axes<n, m>(pass, load, [&](int r, int c, V v) {
        if (r < rows && c < cols) store_n(finish(v, pixel(r, c), left), pixel(r, c), left);
      });
    }
    if constexpr (Sums::kSums) {
      add_to_sums(rows_of_sums + first + i, sums.first, left);
      add_to_sums(rows_of_sums + s.dst_channels + first + i, sums.second, left);
    }
  }
}

/// The steps on a block of tiles.
template <int m>
struct TileSteps {
  const TileCut& plan;
  const float *src, *packed;
  ReadThrough norm;
  TileFinish finish;
  float* dst;

  void windows(std::int64_t block, std::int64_t first, std::int64_t last, const float* zeros,
               float* points) const {
    constexpr int n = m + 2;
    const auto pass = [](const V(&x)[n], V(&y)[n]) { window_at_points(x, y); };
    const Pictures pictures{src, plan.s.src, plan.s.src_channels, zeros, norm};
    with_way_of_reading(norm, [&]<class Way>() {
      for (std::int64_t i = first; i < last; ++i) {
        const WinogradTile at = winograd_tile(plan.s, block * plan.block + i);
        float* row = points + i * plan.row;
        region_at_points<n, n, Way>(
            pass, pictures, at.image, at.src_row, at.src_col,
            [=](std::int64_t channel) { return row + channel; }, plan.src_point());
      }
    });
  }
  const float* weights(std::int64_t panel, std::int64_t point) const {
    return plan.weights(packed, panel, point);
  }
  void multiply(std::int64_t panel, std::int64_t point, std::int64_t tiles, const float* points,
                const float* next_weights, float* products) const {
    multiply_point(plan, panel, points + point * plan.src_point(), weights(panel, point),
                   next_weights, tiles, products + point * plan.dst_point());
  }
  // Where the sums of a tile of a block go; nullptr: nowhere.
  float* sums(std::int64_t block, std::int64_t tile) const {
    if (finish.sums == nullptr) return nullptr;
    return finish.sums + plan.piece_of(block, tile) * 2 * plan.s.dst_channels;
  }
  void start_sums(std::int64_t block, std::int64_t tile) const {
    if (finish.sums != nullptr) std::fill_n(sums(block, tile), 2 * plan.s.dst_channels, 0.0f);
  }
  // To be called after the outputs of each panel.
  void end_sums(std::int64_t block, std::int64_t first, std::int64_t last,
                std::int64_t panel) const {
    constexpr std::int64_t kTogether = 2;  // panels that are still in the second-level cache
    if (!finish.norm_grad || (panel % kTogether < kTogether - 1 && panel < plan.panels - 1)) return;
    const std::int64_t before = block * plan.block;
    norm_grad_of_tiles(
        plan.s, finish, before + first, before + last, panel / kTogether * kTogether * plan.panel,
        std::min(plan.s.dst_channels, (panel + 1) * plan.panel), dst, sums(block, first));
  }
  // The outputs of one panel, of tiles of one piece.
  void outputs(std::int64_t block, std::int64_t first, std::int64_t last, std::int64_t panel,
               const float* products) const {
    with_sums(finish, [&]<class Sums>() {
      for (std::int64_t i = first; i < last; ++i)
        outputs_of_tile<m, Sums>(plan, products + i * plan.width(panel), block * plan.block + i,
                                 panel, finish, dst, sums(block, first));
    });
  }
  std::int64_t tiles(std::int64_t block) const {
    return std::min(plan.block, plan.s.tiles() - block * plan.block);
  }
};

template <int m>
void run_fused(const TileSteps<m>& steps, ThreadPool& pool) {
  const TileCut& plan = steps.plan;
  pool.run(divide_up(plan.s.tiles(), plan.block), [&](std::int64_t block, int worker) {
    float* zeros = reinterpret_cast<float*>(pool.scratch(worker));
    float *points = zeros + plan.zeros(), *products = points + plan.src_floats();
    std::fill_n(zeros, plan.zeros(), 0.0f);
    const std::int64_t tiles = steps.tiles(block);
    steps.windows(block, 0, tiles, zeros, points);
    steps.start_sums(block, 0);
    for (std::int64_t panel = 0; panel < plan.panels; ++panel) {
      for (std::int64_t point = 0; point < plan.s.points(); ++point)
        steps.multiply(panel, point, tiles, points, steps.weights(panel, point + 1), products);
      steps.outputs(block, 0, tiles, panel, products);
      steps.end_sums(block, 0, tiles, panel);
    }
  });
}

template <int m>
void run_in_chunks(const TileSteps<m>& steps, float* points, ThreadPool& pool) {
  const TileCut& plan = steps.plan;
  constexpr std::int64_t kTogether = 4;  // panels that share a point's tiles in the nearest cache
  const std::int64_t groups = divide_up(plan.panels, kTogether);
  float* products = points + plan.src_floats();
  for (std::int64_t block = 0; block * plan.block < plan.s.tiles(); ++block) {
    const std::int64_t tiles = steps.tiles(block), grain = plan.grain;
    pool.run(divide_up(tiles, grain), [&](std::int64_t task, int worker) {
      float* zeros = reinterpret_cast<float*>(pool.scratch(worker));
      std::fill_n(zeros, plan.zeros(), 0.0f);
      steps.windows(block, task * grain, std::min(tiles, (task + 1) * grain), zeros, points);
    });
    pool.run(groups * plan.s.points(), [&](std::int64_t task, int) {
      const std::int64_t point = task % plan.s.points(), group = task / plan.s.points();
      const std::int64_t first = group * kTogether;
      const std::int64_t last = std::min(plan.panels, first + kTogether);
      for (std::int64_t panel = first; panel < last; ++panel) {
        const float* next =
            panel + 1 < last ? steps.weights(panel + 1, point) : steps.weights(first, point + 1);
        steps.multiply(panel, point, tiles, points, next, products + panel * plan.dst_floats());
      }
    });
    // Sums are made by whole pieces, all else by tasks as small as above.
    const std::int64_t task_tiles = steps.finish.sums != nullptr ? plan.piece : grain;
    pool.run(divide_up(tiles, task_tiles), [&](std::int64_t task, int) {
      const std::int64_t end = std::min(tiles, (task + 1) * task_tiles);
      steps.start_sums(block, task * task_tiles);
      for (std::int64_t first = task * task_tiles; first < end; first += grain)
        for (std::int64_t panel = 0; panel < plan.panels; ++panel) {
          const std::int64_t last = std::min(end, first + grain);
          steps.outputs(block, first, last, panel, products + panel * plan.dst_floats());
          steps.end_sums(block, first, last, panel);
        }
    });
  }
}

template <int m>
void run_tiles_of(const TileSteps<m>& steps, float* scratch, ThreadPool& pool) {
  if (steps.plan.fused)
    run_fused(steps, pool);
  else
    run_in_chunks(steps, scratch, pool);
}

// Whether the pass makes sums for a norm.
bool makes_sums(const Conv& conv, ConvPass pass) {
  return pass == ConvPass::forward ? conv.statistics : conv.norm_grad;
}

std::int64_t tiles_floats(const TileCut& plan) {
  return plan.fused ? 0 : plan.src_floats() + plan.panels * plan.dst_floats();
}

void run_winograd_tiles(const Conv& conv, ConvPass pass, const Args& args) {
  const TileCut plan = tile_cut(conv, pass);
  const float *src = args.in<float>(0), *packed = args.in<float>(1);
  float *dst = args.out<float>(0), *scratch = reinterpret_cast<float*>(args.scratch);
  float* sums = makes_sums(conv, pass) ? scratch + tiles_floats(plan) : nullptr;
  const bool forward = pass == ConvPass::forward;
  const ReadThrough norm = forward ? read_through(conv, args, kInMean) : ReadThrough{};
  const TileFinish finish = tile_finish(conv, pass, args, sums);
  if (plan.s.tile == 4)
    run_tiles_of(TileSteps<4>{plan, src, packed, norm, finish, dst}, scratch, args.pool);
  else
    run_tiles_of(TileSteps<2>{plan, src, packed, norm, finish, dst}, scratch, args.pool);
  if (finish.statistics) finish_statistics(conv, args, sums, plan.pieces());
  if (finish.norm_grad) finish_norm_grad(conv, args, sums, plan.pieces());
}

std::size_t winograd_tiles_scratch(const Conv& conv, ConvPass pass) {
  const TileCut plan = tile_cut(conv, pass);
  const std::size_t bytes = std::size_t(tiles_floats(plan)) * sizeof(float);
  if (!makes_sums(conv, pass)) return bytes;
  return bytes + piece_sums_bytes(plan.pieces(), plan.s.dst_channels);
}

// Weights OIDHW, seen as one vector of columns: how far apart columns, channels of src and taps of
// the sweep are.
struct TapsAt {
  std::int64_t column, channel, tap;
};
TapsAt taps_at(const WinogradShape& s, ConvPass pass) {
  if (pass == ConvPass::forward) return {s.src_channels * 9, 9, 1};
  return {9, s.dst_channels * 9, -1};
}

// The weights of kPackBlock columns of one channel at the points. `runs` are their taps in memory,
// which the sweep takes in steps of `tap`.
template <int m>
void weights_at_points(const ColumnRuns& runs, std::int64_t tap,
                       float (&to)[(m + 2) * (m + 2)][kPackBlock]) {
  constexpr int n = m + 2;
  const auto pass = [](const V(&x)[3], V(&y)[n]) { taps_at_points<3>(x, y); };
  HWY_ALIGN float taps[9][kPackBlock];
  std::int64_t next = tap > 0 ? 0 : 8;
  transpose_columns<false>(runs, kPackBlock, [&] {
    float* const row = taps[next];
    next += tap;
    return row;
  });
  for (std::int64_t i = 0; i < kPackBlock; i += kLanes)
    along_both_axes<3, n>(
        pass, [&](int r, int c) { return hn::Load(D(), taps[r * 3 + c] + i); },
        [&](int r, int c, V v) { hn::Store(v, D(), to[r * n + c] + i); });
}

// The weights of one panel at the points, for channels [first, last) of src.
template <int m>
void pack_channels(const TileCut& plan, const TapsAt& at, const float* weight, const float* end,
                   std::int64_t panel, std::int64_t first, std::int64_t last, float* packed) {
  constexpr int points = (m + 2) * (m + 2);
  const std::int64_t width = plan.width(panel), step = width * plan.s.src_channels;
  const std::int64_t real = std::min(plan.panel, plan.s.dst_channels - panel * plan.panel);
  // Many weights would not stay in a cache: whole lines of them go past it.
  const bool past_caches = plan.packed_floats() > (1 << 20);
  HWY_ALIGN float line[points][kPackBlock];
  for (std::int64_t begin = 0; begin < width; begin += kPackBlock)
    for (std::int64_t channel = first; channel < last; ++channel) {
      const float* from = weight + (panel * plan.panel + begin) * at.column + channel * at.channel;
      weights_at_points<m>(
          {from, at.column, std::min(kPackBlock, real - begin), 9, end, 8 * at.channel}, at.tap,
          line);
      for (std::int64_t point = 0; point < points; ++point)
        for (std::int64_t i = 0; i < std::min(kPackBlock, width - begin); i += kLanes) {
          const V v = hn::Load(D(), line[point] + i);
          float* to = packed + point * step + channel * width + begin + i;
          store_packed(v, to, past_caches);
        }
    }
  if (past_caches) hwy::FlushStream();
}

void pack_winograd(const Conv& conv, ConvPass pass, const float* weight, float* packed,
                   ThreadPool& pool) {
  constexpr std::int64_t kChannels = 32;
  const TileCut plan = tile_cut(conv, pass);
  const TapsAt at = taps_at(plan.s, pass);
  const std::int64_t parts = divide_up(plan.s.src_channels, kChannels);
  const float* end = weight + plan.s.src_channels * plan.s.dst_channels * 9;
  pool.run(plan.panels * parts, [&](std::int64_t task, int) {
    const std::int64_t panel = task / parts, first = task % parts * kChannels;
    const std::int64_t last = std::min(plan.s.src_channels, first + kChannels);
    float* to = packed + panel * plan.panel * plan.s.points() * plan.s.src_channels;
    const auto pack = plan.s.tile == 4 ? pack_channels<4> : pack_channels<2>;
    pack(plan, at, weight, end, panel, first, last, to);
  });
}

std::size_t winograd_packed_floats(const Conv& conv, ConvPass pass) {
  return std::size_t(tile_cut(conv, pass).packed_floats());
}

}  // namespace HWY_NAMESPACE
}  // namespace noyau::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace noyau::kernels {

HWY_EXPORT(run_winograd_tiles);
HWY_EXPORT(winograd_tiles_scratch);
HWY_EXPORT(pack_winograd);
HWY_EXPORT(winograd_packed_floats);

namespace {

// y may lie among wider pixels.
template <ConvPass pass>
std::string refuse(const Problem& problem) {
  Conv c = std::get<Conv>(problem);
  if (c.residual && c.y_width != 0) return "adds a residual only where y lies by itself";
  c.y_width = 0;
  return refuse_winograd(c, pass);
}

template <ConvPass pass>
std::size_t scratch_bytes(const Problem& problem) {
  return HWY_DYNAMIC_DISPATCH(winograd_tiles_scratch)(std::get<Conv>(problem), pass);
}

int variants(const Problem&) { return 2; }

template <ConvPass pass>
void run(const Problem& problem, const Args& args) noexcept {
  HWY_DYNAMIC_DISPATCH(run_winograd_tiles)(std::get<Conv>(problem), pass, args);
}

template <ConvPass pass>
void pack(const Problem& problem, const void* weight, void* packed, ThreadPool& pool) noexcept {
  HWY_DYNAMIC_DISPATCH(pack_winograd)
  (std::get<Conv>(problem), pass, static_cast<const float*>(weight), static_cast<float*>(packed),
   pool);
}

template <ConvPass pass>
std::size_t packed_bytes(const Problem& problem) {
  return HWY_DYNAMIC_DISPATCH(winograd_packed_floats)(std::get<Conv>(problem), pass) *
         sizeof(float);
}

template <ConvPass pass>
constexpr Kernel row(std::string_view family) {
  return {.family = family,
          .name = "winograd",
          .refuse = refuse<pass>,
          .scratch_bytes = scratch_bytes<pass>,
          .run = run<pass>,
          .packed_bytes = packed_bytes<pass>,
          .pack = pack<pass>,
          .in_place = kResidual,
          .variants = variants};
}

}  // namespace

constinit const Kernel kConvWinograd = row<ConvPass::forward>("conv");
constinit const Kernel kConvGradInputWinograd = row<ConvPass::grad_input>("conv_grad_input");

}  // namespace noyau::kernels
#endif
