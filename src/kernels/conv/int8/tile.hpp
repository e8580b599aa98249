#pragma once

#include <cstdint>

#include "kernels/kernel.hpp"

/// The loops that need AVX512_VNNI: everything with its intrinsics is behind these functions.
namespace noyau::kernels::int8 {

inline constexpr std::int64_t kLanes = 16;
inline constexpr std::int64_t kQuad = 4;  ///< neighbours along the reduction: a product's operand
inline constexpr int kVectors = 2, kMaxRows = 14;  ///< of a tile
inline constexpr std::int64_t kPanel = kVectors * kLanes;

/// How the numbers of a picture became integers: x = scale * (q - zero).
struct Scale {
  float scale = 1;
  std::int32_t zero = 0;
};

/// y[rows x columns] = activation(x * w + bias + residual). Row m of x starts at a + m * a_row +
/// entry[e] for each entry, of so many quads; the weights follow each other, entry after entry,
/// quad after quad, `vectors` of columns at a time.
struct Tile {
  const std::uint8_t* a;
  std::int64_t a_row;
  const std::int64_t* entry;
  std::int64_t entries, quads;
  const std::int8_t* b;
  float* y;
  std::int64_t y_row, columns;
  const float* weight_scale;       ///< of each column
  const std::int32_t* weight_sum;  ///< of each column's integers
  const float *bias, *residual;    ///< nullptr: none; the residual is laid out as y
  Activation activation;
  const Scale* scale;       ///< of the first row's picture
  std::int64_t scale_step;  ///< 0: all rows are of one picture; 1: each row is of the next
};

void run_tile(const Tile& tile, std::int64_t rows, std::int64_t vectors);

/// The least and the largest of zero and `n` numbers; a NaN makes both NaN.
struct Range {
  float least = 0, largest = 0;
};
Range range_of(const float* from, std::int64_t n);
Range joined(const Range& a, const Range& b);
/// NaN and infinite ranges have a scale that is not finite, and so has what is computed with it.
Scale scale_of(const Range& range);

/// `n` numbers as integers.
void quantise(const float* from, std::int64_t n, const Scale& scale, std::uint8_t* to);
/// `n` numbers times `factor`, rounded, of at most 127 either way.
void quantise_signed(const float* from, std::int64_t n, float factor, std::int8_t* to);

}  // namespace noyau::kernels::int8
