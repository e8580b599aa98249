// Square regions of pictures at Winograd's points, compiled once per instruction set.

#if defined(NOYAU_KERNELS_WINOGRAD_REGION_INL_HPP_) == defined(HWY_TARGET_TOGGLE)
#ifdef NOYAU_KERNELS_WINOGRAD_REGION_INL_HPP_
#undef NOYAU_KERNELS_WINOGRAD_REGION_INL_HPP_
#else
#define NOYAU_KERNELS_WINOGRAD_REGION_INL_HPP_
#endif

#include "kernels/conv/winograd/transform-inl.hpp"
#include "kernels/simd-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace noyau::kernels {
namespace HWY_NAMESPACE {

/// Pictures [images, height, width, channels], and zeros for the pixels around them.
struct Pictures {
  const float* pixels;
  std::array<std::int64_t, 2> extent;
  std::int64_t channels;
  const float* zeros;  ///< `channels` of them
};

/// The in x in pixels from (row, col) on at the n x n points, for all channels. `pass` is one of
/// the transforms to points; `to(i)` is where a vector of channels from i on goes for the first
/// point, with `step` floats from point to point.
template <int in, int n, class Pass, class To>
void region_at_points(const Pass& pass, const Pictures& p, std::int64_t image, std::int64_t row,
                      std::int64_t col, const To& to, std::int64_t step) {
  const float* from[in][in];
  for (int r = 0; r < in; ++r)
    for (int c = 0; c < in; ++c) {
      const std::int64_t y = row + r, x = col + c;
      const bool inside = y >= 0 && y < p.extent[0] && x >= 0 && x < p.extent[1];
      from[r][c] =
          inside ? p.pixels + ((image * p.extent[0] + y) * p.extent[1] + x) * p.channels : p.zeros;
    }
  // Meanwhile the pixels travel that the tile after next adds to what its neighbours read.
  constexpr int fresh = n - 2, old = in - fresh;
  const float* ahead =
      p.pixels +
      ((image * p.extent[0] + row + old) * p.extent[1] + col + 2 * fresh + old) * p.channels;
  std::int64_t i = 0;
  for (; i + kLanes <= p.channels; i += kLanes) {
    HWY_UNROLL(4)
    for (int r = 0; r < fresh; ++r) HWY_UNROLL(4)
    for (int c = 0; c < fresh; ++c) hwy::Prefetch(ahead + (r * p.extent[1] + c) * p.channels + i);
    float* out = to(i);
    along_both_axes<in, n>(
        pass, [&](int r, int c) { return hn::LoadU(D(), from[r][c] + i); },
        [&](int r, int c, V v) { hn::StoreU(v, D(), out + (r * n + c) * step); });
  }
  if (i == p.channels) return;
  float* out = to(i);
  along_both_axes<in, n>(
      pass, [&](int r, int c) { return load_n(from[r][c] + i, p.channels - i); },
      [&](int r, int c, V v) { hn::StoreU(v, D(), out + (r * n + c) * step); });
}

/// Floats from tile to tile of `channels` at one point, and from point to point of `floats` floats.
/// An odd number of cache lines: neighbours fall into different sets of the first-level cache.
inline std::int64_t odd_lines(std::int64_t floats) { return (divide_up(floats, 16) | 1) * 16; }

}  // namespace HWY_NAMESPACE
}  // namespace noyau::kernels
HWY_AFTER_NAMESPACE();

#endif
