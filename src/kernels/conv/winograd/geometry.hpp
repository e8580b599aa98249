#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "kernels/conv/sweep.hpp"

/// What the three passes of Winograd's minimal filtering share: which convolutions it can do, and
/// how their outputs are cut into tiles.
namespace noyau::kernels {

/// One pass as dst[i] = sum over taps k of src[i + k - pad] * weight(k), in both directions.
struct WinogradShape {
  std::int64_t images, src_channels, dst_channels;
  std::array<std::int64_t, 2> src, dst, pad;  ///< height, width

  std::int64_t tile;  ///< outputs along an axis: 2 forward, 4 in the gradients unless mostly empty

  /// Transformed numbers of a tile per channel.
  std::int64_t points() const { return (tile + 2) * (tile + 2); }
  std::int64_t tile_rows() const { return (dst[0] + tile - 1) / tile; }
  std::int64_t tile_cols() const { return (dst[1] + tile - 1) / tile; }
  std::int64_t tiles() const { return images * tile_rows() * tile_cols(); }
};

WinogradShape winograd_shape(const Conv& conv, ConvPass pass);

/// Where the window of a tile starts in src, and its output in dst.
struct WinogradTile {
  std::int64_t image, src_row, src_col, dst_row, dst_col;
};
WinogradTile winograd_tile(const WinogradShape& shape, std::int64_t index);

/// Empty when the convolution is allowed to use Winograd's sums, can, and is expected to gain.
std::string refuse_winograd(const Problem& problem, ConvPass pass);

}  // namespace noyau::kernels
