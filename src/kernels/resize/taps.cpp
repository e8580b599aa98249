#include "kernels/resize/taps.hpp"

#include <algorithm>
#include <cmath>

namespace noyau::kernels {
namespace {

using Mode = Resize::Mode;

// Keys' cubic (1981) with PyTorch's two values of a.
double cubic(double x, double a) {
  x = std::abs(x);
  if (x <= 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? a * (((x - 5) * x + 8) * x - 4) : 0;
}

double antialias_filter(Mode mode, double x) {
  if (mode == Mode::cubic) return cubic(x, -0.5);
  return std::max(0.0, 1 - std::abs(x));
}

double reach(Mode mode) { return mode == Mode::cubic ? 2 : 1; }

// One axis as numbers.
struct Axis {
  std::int64_t in, out;
  Mode mode;
  bool align_corners, antialias;

  Axis(const Resize& p, int axis)
      : in(p.in[std::size_t(axis)]),
        out(p.out[std::size_t(axis)]),
        mode(p.mode),
        align_corners(p.align_corners),
        antialias(p.antialias) {}

  double scale() const {
    if (!align_corners) return double(in) / double(out);
    return out > 1 ? double(in - 1) / double(out - 1) : 0;
  }
  /// Where output `o` lies on the input, whose first position is 0.
  double source(std::int64_t o) const {
    return align_corners ? scale() * double(o) : scale() * (double(o) + 0.5) - 0.5;
  }
  /// How far an antialiasing filter reaches.
  double support() const { return reach(mode) * std::max(1.0, scale()); }

  std::int64_t most() const {
    if (antialias) return std::min(in, 2 * std::int64_t(std::ceil(support())) + 1);
    return mode == Mode::cubic ? 4 : mode == Mode::linear ? 2 : 1;
  }
};

// As PyTorch computes it, in f32: which side of a boundary it falls on depends on that.
std::int64_t nearest(const Axis& a, std::int64_t o) {
  if (a.in == a.out) return o;
  const float scale = float(a.in) / float(a.out);
  const float source =
      a.mode == Mode::nearest_exact ? float((double(o) + 0.5) * double(scale)) : float(o) * scale;
  return std::min(a.in - 1, std::int64_t(std::floor(source)));
}

// Taps outside count for the border. Returns the range of inputs.
Range fixed_taps(const Axis& a, std::int64_t o, double* weights) {
  const bool is_cubic = a.mode == Mode::cubic;
  const double source = is_cubic ? a.source(o) : std::max(0.0, a.source(o));
  const auto low = std::int64_t(std::floor(source));
  const double t = source - double(low);
  const auto clamped = [&](std::int64_t i) { return std::clamp<std::int64_t>(i, 0, a.in - 1); };
  const std::int64_t before = is_cubic ? 1 : 0, after = is_cubic ? 2 : 1;
  const Range range{clamped(low - before), clamped(low + after) + 1};
  std::fill_n(weights, range.end - range.begin, 0.0);
  for (std::int64_t k = -before; k <= after; ++k) {
    const double x = double(k) - t;
    weights[clamped(low + k) - range.begin] +=
        is_cubic ? cubic(x, -0.75) : std::max(0.0, 1 - std::abs(x));
  }
  return range;
}

// Taps outside do not count; the others are scaled to a sum of 1.
Range antialias_taps(const Axis& a, std::int64_t o, double* weights) {
  const double centre = a.source(o) + 0.5, stretch = std::max(1.0, a.scale());
  const auto low = std::int64_t(centre - a.support() + 0.5);
  const auto high = std::int64_t(centre + a.support() + 0.5);
  const Range range{std::max<std::int64_t>(0, low), std::min(a.in, high)};
  double sum = 0;
  for (std::int64_t i = range.begin; i < range.end; ++i) {
    const double w = antialias_filter(a.mode, (double(i) - centre + 0.5) / stretch);
    weights[i - range.begin] = w;
    sum += w;
  }
  for (std::int64_t i = range.begin; i < range.end; ++i) weights[i - range.begin] /= sum;
  return range;
}

Range taps(const Axis& a, std::int64_t o, double* weights) {
  if (a.antialias) return antialias_taps(a, o, weights);
  if (a.mode == Mode::linear || a.mode == Mode::cubic) return fixed_taps(a, o, weights);
  *weights = 1;
  const std::int64_t i = nearest(a, o);
  return {i, i + 1};
}

}  // namespace

std::size_t AxisTaps::bytes(const Resize& p, int axis) {
  const Axis a(p, axis);
  return std::size_t(a.out + a.in) * sizeof(Range) + std::size_t(a.out * a.most()) * sizeof(double);
}

AxisTaps::AxisTaps(const Resize& p, int axis, std::byte* memory) {
  const Axis a(p, axis);
  most_ = a.most();
  inputs_ = reinterpret_cast<Range*>(memory);
  outputs_ = inputs_ + a.out;
  weights_ = reinterpret_cast<double*>(outputs_ + a.in);
  for (std::int64_t o = 0; o < a.out; ++o) inputs_[o] = taps(a, o, weights_ + o * most_);
  // Both ends of the ranges grow with o, so the outputs that read an input are neighbours.
  Range readers{0, 0};
  for (std::int64_t i = 0; i < a.in; ++i) {
    while (readers.begin < a.out && inputs_[readers.begin].end <= i) ++readers.begin;
    readers.end = std::max(readers.end, readers.begin);
    while (readers.end < a.out && inputs_[readers.end].begin <= i) ++readers.end;
    outputs_[i] = readers;
  }
}

std::size_t resize_scratch(const Problem& problem) {
  const auto& p = std::get<Resize>(problem);
  return AxisTaps::bytes(p, 0) + AxisTaps::bytes(p, 1) + AxisTaps::bytes(p, 2);
}

}  // namespace noyau::kernels
