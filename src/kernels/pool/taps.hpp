#pragma once

#include "kernels/chunks.hpp"
#include "kernels/pool/pool.hpp"
#include "kernels/window.hpp"

namespace noyau::kernels {

/// A place in a volume: image, depth, row, column.
struct Place {
  std::int64_t n, d, h, w;
};

/// Place number `i` in row-major order.
inline Place place_of(const Dims& extents, std::int64_t i) {
  return {i / volume(extents), i / (extents[1] * extents[2]) % extents[0],
          i / extents[2] % extents[1], i % extents[2]};
}

inline std::int64_t pixel_of(const Dims& extents, std::int64_t n, std::int64_t d, std::int64_t h,
                             std::int64_t w) {
  return ((n * extents[0] + d) * extents[1] + h) * extents[2] + w;
}

/// Calls body(tap, input pixel) for the taps of the window at output `o` that lie inside.
template <class Body>
void for_taps(const Pool& p, const Place& o, Body&& body) {
  const Window d = window_of(p, 0, o.d), h = window_of(p, 1, o.h), w = window_of(p, 2, o.w);
  for (std::int64_t i = d.begin; i < d.end; ++i) {
    for (std::int64_t j = h.begin; j < h.end; ++j) {
      for (std::int64_t k = w.begin; k < w.end; ++k) {
        body((i * p.kernel[1] + j) * p.kernel[2] + k,
             pixel_of(p.in, o.n, d.start + i * p.dilation[0], h.start + j * p.dilation[1],
                      w.start + k * p.dilation[2]));
      }
    }
  }
}

/// Calls body(tap, output place) for the windows that read input place `x`, and with which tap.
template <class Body>
void for_windows(const Pool& p, const Place& x, Body&& body) {
  for (std::int64_t i = 0; i < p.kernel[0]; ++i) {
    const std::int64_t d = output_of(p, 0, x.d, i);
    for (std::int64_t j = 0; d >= 0 && j < p.kernel[1]; ++j) {
      const std::int64_t h = output_of(p, 1, x.h, j);
      for (std::int64_t k = 0; h >= 0 && k < p.kernel[2]; ++k) {
        const std::int64_t w = output_of(p, 2, x.w, k);
        if (w >= 0) body((i * p.kernel[1] + j) * p.kernel[2] + k, Place{x.n, d, h, w});
      }
    }
  }
}

}  // namespace noyau::kernels
