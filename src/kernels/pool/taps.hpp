#pragma once

#include "kernels/place.hpp"
#include "kernels/pool/pool.hpp"
#include "kernels/window.hpp"

namespace noyau::kernels {

/// The taps of output position `o` along `axis` that lie inside.
inline Window taps_of(const Pool& p, int axis, std::int64_t o) {
  if (!p.adaptive) return window_of(p, axis, o);
  const auto a = std::size_t(axis);
  const std::int64_t start = o * p.in[a] / p.out[a];
  return {0, divide_up((o + 1) * p.in[a], p.out[a]) - start, start};
}

/// Calls body(tap, input pixel) for the taps of the window at output `o` that lie inside.
template <class Body>
void for_taps(const Pool& p, const Place& o, Body&& body) {
  const Window d = taps_of(p, 0, o.d), h = taps_of(p, 1, o.h), w = taps_of(p, 2, o.w);
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

/// Calls body(tap, output place) for the adaptive windows that read input place `x`. They overlap
/// where they are uneven: an input position may be read by several.
template <class Body>
void for_adaptive_windows(const Pool& p, const Place& x, Body&& body) {
  const Dims place{x.d, x.h, x.w};
  Dims begin, end;
  for (std::size_t a = 0; a < 3; ++a) {
    begin[a] = place[a] * p.out[a] / p.in[a];
    end[a] = divide_up((place[a] + 1) * p.out[a], p.in[a]);
  }
  for (std::int64_t d = begin[0]; d < end[0]; ++d) {
    const std::int64_t i = x.d - taps_of(p, 0, d).start;
    for (std::int64_t h = begin[1]; h < end[1]; ++h) {
      const std::int64_t j = x.h - taps_of(p, 1, h).start;
      for (std::int64_t w = begin[2]; w < end[2]; ++w) {
        const std::int64_t k = x.w - taps_of(p, 2, w).start;
        body((i * p.kernel[1] + j) * p.kernel[2] + k, Place{x.n, d, h, w});
      }
    }
  }
}

}  // namespace noyau::kernels
