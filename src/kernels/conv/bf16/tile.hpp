#pragma once

#include <array>
#include <cstdint>

#include "kernels/kernel.hpp"

/// The loops that need AVX512_BF16: everything with its intrinsics is behind these functions.
namespace noyau::kernels::bf16 {

/// Two numbers that are neighbours along the reduction, the first in the lower half.
using Pair = std::uint32_t;

inline constexpr std::int64_t kLanes = 16;
inline constexpr int kVectors = 2, kMaxRows = 14;  ///< of a tile
inline constexpr std::int64_t kPanel = kVectors * kLanes;

/// C[rows x columns] = start + sum over entries e, over pairs k: A_e[m, k] * B_e[k, n], then bias
/// and activation. A_e[m, k] is a[entry[e] + m * a_row + k]; B follows itself, entry after entry,
/// pair after pair, `vectors` at a time.
struct RowTile {
  const Pair* a;
  std::int64_t a_row;
  const std::int64_t* entry;
  std::int64_t entries, pairs;
  const Pair* b;
  float* c;
  std::int64_t c_row, columns;
  const float *start, *bias;  ///< nullptr: none; start is laid out as C
  Activation activation;
  const float* ahead;       ///< what comes next: fetched 16 floats per pair
  std::int64_t ahead_step;  ///< 16, or 0 when there is nothing to fetch
};

/// The same with A_e[m, k] = a[e * a_entry + k * a_step + m] and B_e[k] at b[(e * pairs + k) *
/// vectors * kLanes], over the entries of `images` images: the gradient of the weights, where k
/// runs over pairs of pixels. C is packed, `vectors` per row.
struct PixelTile {
  const Pair* a;
  std::int64_t a_image, a_entry, a_step;
  std::int64_t images, entries, pixels;  ///< pixels of an entry: a pair for each two
  Pair* b;
  float* c;
  bool accumulate;
  const float* ahead;  ///< what comes next: fetched one line per pixel
  std::int64_t ahead_entry, ahead_step;
  /// Not null: `columns` of dy, from which B is made, and written for the tiles that follow. It
  /// costs little time, because the sums leave room for loads and stores.
  const float* dy;
  std::int64_t dy_image, dy_entry, dy_step, columns;
};

void row_tile(const RowTile& tile, std::int64_t rows, std::int64_t vectors);
void pixel_tile(const PixelTile& tile, std::int64_t rows, std::int64_t vectors);

/// Rounds `n` neighbours to nearest even; with an odd n the last pair is filled with a zero.
void round_pairs(const float* from, std::int64_t n, Pair* to);

/// to[i] = (first[i], second[i]); zeros in place of a null row.
void pair_rows(const float* first, const float* second, std::int64_t n, Pair* to);

/// Pixels whose channels are cut into tiles as equal as they come, each a panel of its own with
/// kLanes pairs a pixel: a product that walks over pixels reads one tile from front to back.
struct TiledPanel {
  std::int64_t channels, tiles, pixels;
  Pair* pairs;  ///< 64-byte aligned

  Pair* tile(std::int64_t t) const { return pairs + t * pixels * kLanes; }
};

/// `pair_rows` to a pixel of all tiles.
void pair_tiles(const float* first, const float* second, const TiledPanel& panel,
                std::int64_t pixel);

}  // namespace noyau::kernels::bf16
