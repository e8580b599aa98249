#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>

#include "kernels/chunks.hpp"

namespace noyau::kernels {

/// A matrix [rows, channels] read as a wider one: `factor` rows side by side, so that a row is a
/// multiple of 16 elements, at least 64 of them, whatever the number of channels. Column j holds
/// channel j % channels. What does not fill a row is a last, partial row of `rest` elements.
///
/// Chunks are at most 512 of the original rows, a cut that depends on the shape alone.
///
/// Where rows lie among those of a wider matrix (`wide`), a multiple of 16 channels is taken as it
/// comes.
struct Fold {
  std::int64_t channels, factor, columns, full_rows, rest, chunk_rows, chunks;

  Fold(std::int64_t rows, std::int64_t channel_count, bool wide = false) : channels(channel_count) {
    factor = 16 / std::gcd(channels, std::int64_t(16));
    while (!wide && factor * channels < 64) factor *= 2;
    columns = factor * channels;
    full_rows = rows / factor;
    rest = rows % factor * channels;
    chunk_rows = std::max<std::int64_t>(1, 512 / factor);
    chunks = divide_up(all_rows(), chunk_rows);
  }

  /// The partial row counts as one.
  std::int64_t all_rows() const { return full_rows + (rest > 0 ? 1 : 0); }

  /// How many original rows the columns of copy `j` of the channels hold in chunk `chunk`.
  std::int64_t count(std::int64_t chunk, std::int64_t j) const {
    const std::int64_t begin = chunk * chunk_rows;
    const std::int64_t full = std::min(begin + chunk_rows, full_rows) - begin;
    const bool partial = chunk == chunks - 1 && j * channels < rest;
    return full + (partial ? 1 : 0);
  }
};

/// Bytes that sums over the middle of [outer, middle, inner] take in scratch.
inline std::size_t middle_sums_scratch(std::int64_t outer, std::int64_t middle,
                                       std::int64_t inner) {
  if (outer * middle * inner == 0) return 0;
  const Fold fold(middle, inner);
  return std::size_t(outer * 3 * fold.chunks * fold.columns) * sizeof(float);
}

}  // namespace noyau::kernels
