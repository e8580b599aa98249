#pragma once

#include <cstddef>

#include "kernels/pool/taps.hpp"

namespace noyau::kernels {

/// What one position reads along one axis: `count` positions of the other side, `step` apart, the
/// first of them through tap `tap`, the others through taps `tap_step` apart.
struct Line {
  std::int64_t count = 0, first = 0, step = 0, tap = 0, tap_step = 0;
};

/// The input positions that output `o` reads.
inline Line inputs_of(const Pool& p, int axis, std::int64_t o) {
  const Window w = taps_of(p, axis, o);
  const std::int64_t dilation = p.dilation[std::size_t(axis)];
  return {w.end - w.begin, w.start + w.begin * dilation, dilation, w.begin, 1};
}

/// The output positions that read input `i`, in ascending order. Where adaptive windows are uneven
/// their taps are not equally far apart: only the positions are right.
inline Line outputs_of(const Pool& p, int axis, std::int64_t i) {
  const auto a = std::size_t(axis);
  if (p.adaptive) {
    const std::int64_t first = i * p.out[a] / p.in[a];
    return {divide_up((i + 1) * p.out[a], p.in[a]) - first, first, 1, 0, 0};
  }
  Line line;
  for (std::int64_t tap = p.kernel[a] - 1; tap >= 0; --tap) {
    const std::int64_t o = output_of(p, axis, i, tap);
    if (o < 0) continue;
    if (line.count == 0) line.first = o, line.tap = tap;
    if (line.count == 1) line.step = o - line.first, line.tap_step = tap - line.tap;
    ++line.count;
  }
  return line;
}

/// The lines of every position of three axes, one axis after the other, in memory of the caller.
template <class Make>
void fill_lines(const Pool& p, const Dims& extents, Make&& make, Line* lines) {
  for (int axis = 0; axis < 3; ++axis) {
    for (std::int64_t i = 0; i < extents[std::size_t(axis)]; ++i) *lines++ = make(p, axis, i);
  }
}

inline std::int64_t positions(const Dims& extents) { return extents[0] + extents[1] + extents[2]; }

}  // namespace noyau::kernels
