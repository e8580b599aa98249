#include "kernels/conv/winograd/geometry.hpp"

#include <algorithm>

#include "kernels/conv/conv.hpp"

namespace noyau::kernels {
namespace {

std::int64_t multiplications(const WinogradShape& s, std::int64_t tile) {
  const std::int64_t rows = (s.dst[0] + tile - 1) / tile, cols = (s.dst[1] + tile - 1) / tile;
  return rows * cols * (tile + 2) * (tile + 2);
}

std::string refuse_kind(const Conv& c) {
  if (c.numerics == Numerics::exact) return "numerics is exact";
  if (c.dtype != DType::f32) return "only f32";
  if (c.kernel != Dims{1, 3, 3}) return "only kernels of 3x3";
  if (c.stride != Dims{1, 1, 1} || c.dilation != Dims{1, 1, 1})
    return "only without stride and dilation";
  if (c.groups != 1) return "only without groups";
  if (c.pad[0] != 0 || c.in[0] != c.out[0]) return "padding along the depth";
  if (std::max(c.in_channels, c.out_channels) * 4 > std::int64_t(ThreadPool::kScratchBytes))
    return "a pixel exceeds a worker's scratch";
  return {};
}

double whole_vectors(std::int64_t channels) { return double((channels + 15) / 16 * 16); }

// Costs are counted in multiply-adds, as measured on Zen 4: one channel of a tile of 4 takes as
// long to transform as kTransform of them, and the weights of a pair of channels, which are made
// and read once, as long as a product with kMake tiles, or kRead where only reading counts.
std::string refuse_loss(const WinogradShape& s, const Conv& c) {
  constexpr double kTransform = 300, kMake = 20, kRead = 4, kGain = 1.15;
  constexpr double kBf16 = 0.55;  // what a direct product of bfloat16 takes, measured likewise
  const double move = c.constant_weights ? kRead : kMake;
  const double points = double(s.points()), dst_channels = whole_vectors(s.dst_channels);
  const double pairs = double(s.src_channels) * dst_channels;
  const double direct = (c.numerics == Numerics::bf16 ? kBf16 : 1) * 9 *
                        double(s.images * s.dst[0] * s.dst[1]) * pairs;
  const double transforms =
      kTransform * points / 36 * (whole_vectors(s.src_channels) + dst_channels);
  const double tiles = double(s.tiles()) * (points * pairs + transforms);
  if (kGain * tiles > direct) return "too few channels to gain";
  if (kGain * (tiles + move * points * pairs) > direct) return "too few pixels to gain";
  return {};
}

}  // namespace

WinogradShape winograd_shape(const Conv& c, ConvPass pass) {
  WinogradShape s{c.batch * c.in[0],
                  c.in_channels,
                  c.out_channels,
                  {c.in[1], c.in[2]},
                  {c.out[1], c.out[2]},
                  {c.pad[1], c.pad[2]},
                  4};
  if (pass == ConvPass::grad_input) {
    std::swap(s.src_channels, s.dst_channels);
    std::swap(s.src, s.dst);
    s.pad = {2 - c.pad[1], 2 - c.pad[2]};
  }
  // The outputs decide on which side of zero a ReLU sees them: tiles of 2, whose rounding errors
  // are below those of the direct sums, switch no more of them than exact numerics would.
  if (pass == ConvPass::forward || multiplications(s, 2) < multiplications(s, 4)) s.tile = 2;
  return s;
}

WinogradTile winograd_tile(const WinogradShape& s, std::int64_t index) {
  const std::int64_t col = index % s.tile_cols(), row = index / s.tile_cols() % s.tile_rows();
  WinogradTile t;
  t.image = index / (s.tile_cols() * s.tile_rows());
  t.dst_row = row * s.tile;
  t.dst_col = col * s.tile;
  t.src_row = t.dst_row - s.pad[0];
  t.src_col = t.dst_col - s.pad[1];
  return t;
}

std::string refuse_winograd(const Problem& problem, ConvPass pass) {
  const auto& c = std::get<Conv>(problem);
  if (std::string kind = refuse_kind(c); !kind.empty()) return kind;
  if (std::string wide = refuse_wide(c); !wide.empty()) return wide;
  return refuse_loss(winograd_shape(c, pass), c);
}

}  // namespace noyau::kernels
