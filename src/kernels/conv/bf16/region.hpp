#pragma once

#include <array>
#include <cstring>

#include "kernels/conv/bf16/tile.hpp"
#include "kernels/conv/sweep.hpp"

namespace noyau::kernels::bf16 {

/// Which source pixels and channels to copy: positions first + i * step, which may lie outside.
struct Region {
  std::array<std::int64_t, 3> first, step, extent;
  std::int64_t channel, channels;
  std::int64_t pixel;  ///< pairs from one copied pixel to the next
};

/// Pairs from pixel to pixel: wide pixels are set a line apart, because strides of a power of two
/// would land in the same few sets of the first-level cache.
inline std::int64_t pixel_pairs(std::int64_t channels) {
  const std::int64_t pairs = (channels + 1) / 2;
  return pairs <= 32 ? pairs : (pairs + 15) / 16 * 16 + 16;
}

/// Copies the region to `panel` [d][h][w][pair], rounded; zeros where it lies outside.
inline void copy_rounded(const float* src, const std::array<Axis, 3>& axes,
                         std::int64_t src_channels, const Region& r, Pair* panel) {
  const std::int64_t height = axes[1].src_extent, width = axes[2].src_extent, step = r.step[2];
  // [left, right) is inside.
  const std::int64_t left =
      std::clamp<std::int64_t>((-r.first[2] + step - 1) / step, 0, r.extent[2]);
  const std::int64_t beyond = width - r.first[2];
  const std::int64_t right =
      std::clamp<std::int64_t>(beyond <= 0 ? 0 : (beyond + step - 1) / step, left, r.extent[2]);
  const bool whole_rows = r.channels == src_channels && step == 1 && 2 * r.pixel == r.channels;
  for (std::int64_t d = 0; d < r.extent[0]; ++d)
    for (std::int64_t h = 0; h < r.extent[1]; ++h, panel += r.extent[2] * r.pixel) {
      const std::int64_t sd = r.first[0] + d * r.step[0], sh = r.first[1] + h * r.step[1];
      if (sd < 0 || sd >= axes[0].src_extent || sh < 0 || sh >= height || left == right) {
        std::memset(panel, 0, std::size_t(r.extent[2] * r.pixel) * sizeof(Pair));
        continue;
      }
      std::memset(panel, 0, std::size_t(left * r.pixel) * sizeof(Pair));
      std::memset(panel + right * r.pixel, 0,
                  std::size_t((r.extent[2] - right) * r.pixel) * sizeof(Pair));
      const float* from =
          src + ((sd * height + sh) * width + r.first[2] + left * step) * src_channels + r.channel;
      if (whole_rows) {
        round_pairs(from, (right - left) * r.channels, panel + left * r.pixel);
        continue;
      }
      for (std::int64_t w = left; w < right; ++w, from += step * src_channels)
        round_pairs(from, r.channels, panel + w * r.pixel);
    }
}

}  // namespace noyau::kernels::bf16
