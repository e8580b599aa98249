// Pooling of pictures whose pixels are shorter than a vector, compiled once per Highway target.
// There the bookkeeping of a window costs more than its numbers: only windows of one size that lie
// inside are taken, so that a row is one plain loop.
#include "kernels/simd-inl.hpp"

#if defined(NOYAU_KERNELS_POOL_NARROW_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef NOYAU_KERNELS_POOL_NARROW_INL
#undef NOYAU_KERNELS_POOL_NARROW_INL
#else
#define NOYAU_KERNELS_POOL_NARROW_INL
#endif

#include "kernels/pool/lines.hpp"

HWY_BEFORE_NAMESPACE();
namespace noyau::kernels::HWY_NAMESPACE {

/// Windows over rows and columns without padding or dilation, none of them cut off.
inline bool windows_inside(const Pool& p) {
  bool inside = !p.adaptive && p.in[0] == 1 && p.kernel[0] == 1 && p.out[0] == 1;
  for (std::size_t a = 0; a < 3; ++a) {
    inside = inside && p.pad[a] == 0 && p.dilation[a] == 1 &&
             (p.out[a] - 1) * p.stride[a] + p.kernel[a] <= p.in[a];
  }
  return inside;
}

/// Forward: square windows of this size.
inline bool narrow_pixels(const Pool& p, std::int64_t kernel) {
  return p.channels <= kLanes && p.kernel[1] == kernel && p.kernel[2] == kernel &&
         windows_inside(p);
}

/// Gradients: windows that do not overlap, a row of one within a vector.
inline bool narrow_windows(const Pool& p) {
  return p.channels * p.kernel[2] <= kLanes && p.kernel[2] == p.stride[2] &&
         p.kernel[1] <= p.stride[1] && windows_inside(p);
}

/// Calls op.visit(offset of the window, of the output pixel, channels to store) for every pixel of
/// y. A vector may spill into the next pixel, which is written next.
template <class Op>
void visit_narrow(const Pool& p, ThreadPool& pool, const Op& op) {
  const std::int64_t rows = p.batch * p.out[1], row_size = p.out[2] * p.channels;
  const std::int64_t in_row = p.in[2] * p.channels, in_end = p.batch * p.in[1] * in_row;
  const std::int64_t reach = (p.kernel[1] - 1) * in_row + (p.kernel[2] - 1) * p.channels + kLanes;
  for_chunks(pool, rows, grain_for(row_size), [&](std::int64_t row, std::int64_t end_row) {
    for (const std::int64_t end = end_row * row_size; row < end_row; ++row) {
      std::int64_t to = row * row_size;
      std::int64_t from = (row / p.out[1] * p.in[1] + row % p.out[1] * p.stride[1]) * in_row;
      for (std::int64_t w = 0; w < p.out[2]; ++w) {
        const bool whole = to + kLanes <= end && from + reach <= in_end;
        op.visit(from, to, whole ? kLanes : p.channels);
        to += p.channels;
        from += p.stride[2] * p.channels;
      }
    }
  });
}

/// For gradients: calls op.visit(offset of the output pixel, of its window in dx, h, w, floats to
/// load, floats of a row of dx to store) for every pixel of dy; it writes the rows of the window.
/// What no window covers becomes zero.
template <class Op>
void spread_narrow(const Pool& p, ThreadPool& pool, const Op& op, float* dx) {
  const std::int64_t rows = p.batch * p.out[1], row_size = p.out[2] * p.channels;
  const std::int64_t in_row = p.in[2] * p.channels, dy_end = rows * row_size;
  const std::int64_t window = p.kernel[2] * p.channels, covered = p.out[2] * window;
  for_chunks(
      pool, rows, grain_for(p.stride[1] * in_row), [&](std::int64_t row, std::int64_t end_row) {
        for (; row < end_row; ++row) {
          const std::int64_t h = row % p.out[1], first = h * p.stride[1];
          const std::int64_t last = h + 1 == p.out[1] ? p.in[1] : first + p.stride[1];
          std::int64_t from = row * row_size, to = (row / p.out[1] * p.in[1] + first) * in_row;
          float* rest = dx + to + covered;
          float* below = dx + to + p.kernel[1] * in_row;
          for (std::int64_t w = 0; w < p.out[2]; ++w, from += p.channels, to += window) {
            const bool room = w * window + kLanes <= in_row;  // spills stay in the row of dx
            op.visit(from, to, h, w, from + kLanes <= dy_end ? kLanes : p.channels,
                     room ? kLanes : window);
          }
          for (std::int64_t k = 0; k < p.kernel[1]; ++k)
            std::fill_n(rest + k * in_row, in_row - covered, 0.0f);
          std::fill_n(below, (last - first - p.kernel[1]) * in_row, 0.0f);
        }
      });
}

/// Channel and tap of each lane of a row of a window.
struct NarrowLanes {
  HWY_ALIGN std::int32_t channel[HWY_MAX_BYTES / 4], tap[HWY_MAX_BYTES / 4];
  explicit NarrowLanes(const Pool& p) {
    for (std::int64_t i = 0; i < kLanes; ++i) {
      channel[i] = std::int32_t(i % p.channels);
      tap[i] = std::int32_t(i / p.channels);
    }
  }
};

}  // namespace noyau::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
