// Rows of x spread so that a vector of y, which holds several pixels of few channels, finds for
// each of its lanes the x that this lane's pixel reads. Compiled per instruction set.

#if defined(NOYAU_KERNELS_CONV_FEW_SPREAD_INL_HPP_) == defined(HWY_TARGET_TOGGLE)
#ifdef NOYAU_KERNELS_CONV_FEW_SPREAD_INL_HPP_
#undef NOYAU_KERNELS_CONV_FEW_SPREAD_INL_HPP_
#else
#define NOYAU_KERNELS_CONV_FEW_SPREAD_INL_HPP_
#endif

#include <hwy/highway.h>

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <string>

#include "kernels/conv/tile-inl.hpp"
#include "kernels/kernel.hpp"

HWY_BEFORE_NAMESPACE();
namespace noyau::kernels {
namespace HWY_NAMESPACE {

/// Spread rows lie as [row of x][channel of x][phase of the stride][position][channel of y]: every
/// value repeated for all channels of y. Taps along a row are then shifts by channels of y.
struct Spread {
  std::int64_t positions;  ///< of a phase: those that a row of y reads
  std::int64_t pitch;      ///< floats of a phase, with room to write and read beyond
  std::int64_t row;        ///< floats of a row of x
  std::int64_t period;     ///< vectors of y after which lanes meet the same channels again
  std::int64_t vectors;    ///< of a row of y
};

inline Spread spread_of(const Conv& c) {
  Spread s;
  s.positions = c.out[2] + (c.kernel[2] - 1) / c.stride[2];
  s.pitch = ceil_div(s.positions * c.out_channels, lanes()) * lanes() + 2 * lanes();
  s.row = s.pitch * c.in_channels * c.stride[2];
  s.period = c.out_channels / std::gcd(c.out_channels, lanes());
  s.vectors = ceil_div(c.out[2] * c.out_channels, lanes());
  return s;
}

/// Where tap `kw` of channel `channel` finds the first pixel's values in a spread row.
inline std::int64_t spread_at(const Conv& c, const Spread& s, std::int64_t kw,
                              std::int64_t channel) {
  return (channel * c.stride[2] + kw % c.stride[2]) * s.pitch + kw / c.stride[2] * c.out_channels;
}

/// Spreads row `h` of an image, which may lie outside. Needs channels of y to fit a vector.
inline void spread_row(const Conv& c, const Spread& s, const float* image, std::int64_t h,
                       float* to) {
  const D d;
  if (h < 0 || h >= c.in[1]) {
    std::fill_n(to, s.row, 0.0f);
    return;
  }
  const float* row = image + h * c.in[2] * c.in_channels;
  // A store reaches into the next position, which is written next.
  const std::int64_t stride = c.stride[2], step = stride * c.in_channels;
  for (std::int64_t channel = 0; channel < c.in_channels; ++channel)
    for (std::int64_t phase = 0; phase < stride; ++phase, to += s.pitch) {
      const std::int64_t start = phase - c.pad[2];  // of the first position
      const std::int64_t left = std::clamp<std::int64_t>(ceil_div(-start, stride), 0, s.positions);
      const std::int64_t right =
          std::clamp<std::int64_t>(ceil_div(c.in[2] - start, stride), left, s.positions);
      const float* from = row + (start + left * stride) * c.in_channels + channel;
      std::fill_n(to, left * c.out_channels, 0.0f);
      float* end = to + right * c.out_channels;
      for (float* at = to + left * c.out_channels; at < end; at += c.out_channels, from += step)
        hn::StoreU(hn::Set(d, *from), d, at);
      std::fill(end, to + s.pitch, 0.0f);
    }
}

/// Rows of y that are computed together, and the most rows of the kernel then known beforehand.
inline constexpr int kSpreadRows = 8;
inline constexpr int kSpreadTaps = 7;

/// Rows of x that `rows` neighbouring rows of y read.
inline std::int64_t spread_reach(const Conv& c, std::int64_t rows) {
  return (rows - 1) * c.stride[1] + c.kernel[1];
}

/// Rows of y of a task: what they read, spread, stays in the second-level cache.
inline std::int64_t spread_block(const Conv& c, const Spread& s) {
  constexpr std::int64_t kFloats = 32 << 10;
  std::int64_t rows = ceil_div(c.out[1], kSpreadRows) * kSpreadRows;
  while (rows > kSpreadRows && spread_reach(c, rows) * s.row > kFloats) rows -= kSpreadRows;
  return rows;
}

/// Spreads what `rows` rows of y from `first` on read, up to whole groups of kSpreadRows.
inline void spread_block_of_x(const Conv& c, const Spread& s, const float* x, std::int64_t image,
                              std::int64_t first, std::int64_t rows, float* panel) {
  const std::int64_t whole = ceil_div(rows, kSpreadRows) * kSpreadRows;
  for (std::int64_t r = 0; r < spread_reach(c, whole); ++r)
    spread_row(c, s, x + image * c.in[1] * c.in[2] * c.in_channels,
               first * c.stride[1] + r - c.pad[1], panel + r * s.row);
}

/// Shifts of all kernel columns and channels of x, the channels of a column together.
inline void fill_shifts(const Conv& c, const Spread& s, std::int64_t* shifts) {
  for (std::int64_t kw = 0; kw < c.kernel[2]; ++kw)
    for (std::int64_t channel = 0; channel < c.in_channels; ++channel)
      *shifts++ = spread_at(c, s, kw, channel);
}

/// Vectors of multiply-adds, and of spreading, over those with vectors over channels alone.
inline double spread_cost(const Conv& c, const Spread& s) {
  const std::int64_t rows = ceil_div(c.out[1], kSpreadRows) * kSpreadRows;
  const std::int64_t taps = c.kernel[1] * c.kernel[2];
  const std::int64_t spreading = spread_reach(c, rows) * s.positions * c.stride[2];
  return double(rows * s.vectors * taps + spreading) / double(c.out[1] * c.out[2] * taps);
}

/// What both passes that spread x refuse; empty when they can do it for at most `cost`.
inline std::string refuse_spread(const Conv& c, double cost) {
  if (c.dtype != DType::f32) return "only f32";
  if (c.batch == 0) return "an empty batch";
  if (c.groups != 1) return "several groups";
  if (c.in[0] != 1 || c.kernel[0] != 1 || c.out[0] != 1) return "a volume";
  if (c.dilation != Dims{1, 1, 1}) return "a dilation";
  if (c.kernel[1] > kSpreadTaps) return "a kernel of more than 7 rows";
  if (c.out_channels > lanes()) return "more channels than lanes";
  const Spread s = spread_of(c);
  const std::int64_t floats = spread_reach(c, spread_block(c, s)) * s.row;
  if (floats * 4 > std::int64_t(ThreadPool::kScratchBytes) / 2)
    return "rows exceed a worker's scratch";
  if (spread_cost(c, s) > cost) return "channels fill the vectors";
  return {};
}

}  // namespace HWY_NAMESPACE
}  // namespace noyau::kernels
HWY_AFTER_NAMESPACE();

#endif
