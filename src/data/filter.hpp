#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace noyau::data {

/// Weights are fixed-point numbers with 22 fraction bits, as in Pillow: 8 bits of pixel and 2 of
/// headroom are left of 32.
inline constexpr int kFractionBits = 22;

/// Output i is the sum over k of weights[i * stride + k] * input[first[i] + k], k < count[i],
/// rounded to a byte.
struct Filter {
  std::int64_t stride = 0;
  std::vector<std::int64_t> first;
  std::vector<std::int64_t> count;
  std::vector<std::int32_t> weights;
};

/// Lines of bytes, `stride` bytes from one to the next.
struct Lines {
  const std::uint8_t* bytes = nullptr;
  std::int64_t stride = 0;
};

/// Filters lines: output line i is the weighted sum of input lines, byte by byte. The first
/// `length` bytes of each line are read and written. `source` begins at line `first_line` of those
/// that the filter speaks of. The same numbers on every instruction set.
void filter_lines(const Lines& source, std::int64_t first_line, std::int64_t length,
                  const Filter& filter, std::uint8_t* out, std::int64_t out_stride);

/// Makes the 16 x 16 bytes of `source` columns of `out`.
void transpose_16(const Lines& source, std::uint8_t* out, std::int64_t out_stride);

}  // namespace noyau::data
