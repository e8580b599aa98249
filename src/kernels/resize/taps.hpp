#pragma once

#include "kernels/place.hpp"
#include "kernels/resize/resize.hpp"

namespace noyau::kernels {

/// A half-open range of positions.
struct Range {
  std::int64_t begin, end;
};

/// One axis of an interpolation: y[o] is the sum of weight(o, i) * x[i] over inputs(o).
class AxisTaps {
 public:
  static std::size_t bytes(const Resize& p, int axis);
  /// Computes the taps in `memory`, of `bytes(p, axis)`.
  AxisTaps(const Resize& p, int axis, std::byte* memory);

  Range inputs(std::int64_t o) const { return inputs_[o]; }
  /// The outputs that read input `i`.
  Range outputs(std::int64_t i) const { return outputs_[i]; }
  double weight(std::int64_t o, std::int64_t i) const {
    return weights_[o * most_ + i - inputs_[o].begin];
  }

 private:
  std::int64_t most_;  ///< taps of an output
  Range *inputs_, *outputs_;
  double* weights_;
};

/// The taps of all three axes, in scratch.
struct Taps {
  AxisTaps d, h, w;

  Taps(const Resize& p, std::byte* scratch)
      : d(p, 0, scratch),
        h(p, 1, scratch + AxisTaps::bytes(p, 0)),
        w(p, 2, scratch + AxisTaps::bytes(p, 0) + AxisTaps::bytes(p, 1)) {}
};

/// Calls body(input pixel, weight) for the inputs of output place `o`; `in` are their extents.
template <class Body>
void for_inputs(const Taps& taps, const Dims& in, const Place& o, Body&& body) {
  const Range d = taps.d.inputs(o.d), h = taps.h.inputs(o.h), w = taps.w.inputs(o.w);
  for (std::int64_t i = d.begin; i < d.end; ++i) {
    for (std::int64_t j = h.begin; j < h.end; ++j) {
      const double weight = taps.d.weight(o.d, i) * taps.h.weight(o.h, j);
      for (std::int64_t k = w.begin; k < w.end; ++k) {
        body(pixel_of(in, o.n, i, j, k), weight * taps.w.weight(o.w, k));
      }
    }
  }
}

/// Calls body(output pixel, weight) for the outputs that read input place `x`.
template <class Body>
void for_outputs(const Taps& taps, const Dims& out, const Place& x, Body&& body) {
  const Range d = taps.d.outputs(x.d), h = taps.h.outputs(x.h), w = taps.w.outputs(x.w);
  for (std::int64_t i = d.begin; i < d.end; ++i) {
    for (std::int64_t j = h.begin; j < h.end; ++j) {
      const double weight = taps.d.weight(i, x.d) * taps.h.weight(j, x.h);
      for (std::int64_t k = w.begin; k < w.end; ++k) {
        body(pixel_of(out, x.n, i, j, k), weight * taps.w.weight(k, x.w));
      }
    }
  }
}

}  // namespace noyau::kernels
