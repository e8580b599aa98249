// Winograd's minimal filtering F(m, r) on vectors of channels, compiled once per instruction set.
//
// A window of n = m + r - 1 numbers and r taps, taken as polynomials, are evaluated at n points,
// multiplied there, and interpolated to m outputs (Lavin & Gray 2016, "Fast algorithms for
// convolutional neural networks"). In two dimensions every step is done along both axes.

#if defined(NOYAU_KERNELS_WINOGRAD_TRANSFORM_INL_HPP_) == defined(HWY_TARGET_TOGGLE)
#ifdef NOYAU_KERNELS_WINOGRAD_TRANSFORM_INL_HPP_
#undef NOYAU_KERNELS_WINOGRAD_TRANSFORM_INL_HPP_
#else
#define NOYAU_KERNELS_WINOGRAD_TRANSFORM_INL_HPP_
#endif

#include "kernels/conv/tile-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace noyau::kernels {
namespace HWY_NAMESPACE {

/// The points are 0, +-kPoint<n>[i] and infinity.
///
/// Which points decides how much the sums round. Barabasz et al. 2018, "Error analysis and
/// improving the accuracy of Winograd convolution for deep neural networks", search for the best;
/// symmetric pairs share half of their arithmetic. Of eleven pairs of pairs, measured on random
/// data in all three passes, 5/8 and 3/2 were among the best: half the error of 1 and 2 (Lavin &
/// Gray), or of 1 and 1/2. All numbers of the transforms of windows and outputs are exact in f32
/// for them.
template <int n>
inline constexpr std::array<float, 1> kPoint = {1};
template <>
inline constexpr std::array<float, 2> kPoint<6> = {0.625f, 1.5f};

constexpr float power(float base, int exponent) {
  return exponent == 0 ? 1 : base * power(base, exponent - 1);
}

/// A window of 4 at the points 0, a, -a, infinity.
HWY_INLINE void window_at_points(const V (&x)[4], V (&y)[4]) {
  const D d;
  const V a = hn::Set(d, kPoint<4>[0]), aa = hn::Set(d, power(kPoint<4>[0], 2));
  y[0] = hn::MulSub(aa, x[0], x[2]);
  y[1] = hn::MulAdd(a, x[1], x[2]);
  y[2] = hn::NegMulAdd(a, x[1], x[2]);
  y[3] = hn::NegMulAdd(aa, x[1], x[3]);
}

/// A window of 6 at the points 0, a, -a, b, -b, infinity.
HWY_INLINE void window_at_points(const V (&x)[6], V (&y)[6]) {
  const D d;
  constexpr float a = kPoint<6>[0], b = kPoint<6>[1];
  const V aa = hn::Set(d, a * a), bb = hn::Set(d, b * b);
  const V sum = hn::Set(d, a * a + b * b), product = hn::Set(d, a * a * b * b);
  y[0] = hn::MulAdd(product, x[0], hn::NegMulAdd(sum, x[2], x[4]));
  const V even_a = hn::NegMulAdd(bb, x[2], x[4]), odd_a = hn::NegMulAdd(bb, x[1], x[3]);
  y[1] = hn::MulAdd(hn::Set(d, a), odd_a, even_a);
  y[2] = hn::NegMulAdd(hn::Set(d, a), odd_a, even_a);
  const V even_b = hn::NegMulAdd(aa, x[2], x[4]), odd_b = hn::NegMulAdd(aa, x[1], x[3]);
  y[3] = hn::MulAdd(hn::Set(d, b), odd_b, even_b);
  y[4] = hn::NegMulAdd(hn::Set(d, b), odd_b, even_b);
  y[5] = hn::MulAdd(product, x[1], hn::NegMulAdd(sum, x[3], x[5]));
}

// The weight of a point in the interpolation.
template <int n>
constexpr float interpolation(int i) {
  const float p = kPoint<n>[std::size_t(i)];
  float product = 2 * p * p;
  for (std::size_t j = 0; j < kPoint<n>.size(); ++j)
    if (int(j) != i) product *= p * p - kPoint<n>[j] * kPoint<n>[j];
  return 1 / product;
}
template <int n>
constexpr float interpolation_at_zero() {
  float product = 1;
  for (const float p : kPoint<n>) product *= p * p;
  return 1 / product;
}

/// r taps at the n points, with the weights of the interpolation.
template <int r, int n>
HWY_INLINE void taps_at_points(const V (&g)[r], V (&y)[n]) {
  const D d;
  y[0] = hn::Mul(hn::Set(d, interpolation_at_zero<n>()), g[0]);
  HWY_UNROLL(2)
  for (int i = 0; i < (n - 2) / 2; ++i) {
    const float p = kPoint<n>[std::size_t(i)];
    V even = hn::Mul(hn::Set(d, interpolation<n>(i)), g[0]);
    V odd = hn::Mul(hn::Set(d, interpolation<n>(i) * p), g[1]);
    if constexpr (r > 2)
      even = hn::MulAdd(hn::Set(d, interpolation<n>(i) * power(p, 2)), g[2], even);
    if constexpr (r > 3) odd = hn::MulAdd(hn::Set(d, interpolation<n>(i) * power(p, 3)), g[3], odd);
    y[1 + 2 * i] = hn::Add(even, odd);
    y[2 + 2 * i] = hn::Sub(even, odd);
  }
  y[n - 1] = g[r - 1];
}

/// m outputs from the products at the n points.
template <int n, int m>
HWY_INLINE void outputs_from_points(const V (&x)[n], V (&y)[m]) {
  constexpr int pairs = (n - 2) / 2;
  const D d;
  V sum[pairs], difference[pairs];
  HWY_UNROLL(2)
  for (int i = 0; i < pairs; ++i) {
    sum[i] = hn::Add(x[1 + 2 * i], x[2 + 2 * i]);
    difference[i] = hn::Sub(x[1 + 2 * i], x[2 + 2 * i]);
  }
  HWY_UNROLL(4)
  for (int o = 0; o < m; ++o) {
    const V(&part)[pairs] = o % 2 == 0 ? sum : difference;
    V out = hn::Mul(hn::Set(d, power(kPoint<n>[0], o)), part[0]);
    if (o == 0) out = hn::Add(x[0], part[0]);
    if (o == m - 1) out = hn::MulAdd(hn::Set(d, power(kPoint<n>[0], o)), part[0], x[n - 1]);
    if constexpr (pairs == 2) out = hn::MulAdd(hn::Set(d, power(kPoint<n>[1], o)), part[1], out);
    y[o] = out;
  }
}

/// One of the above along the columns, then the rows of what `load(row, column)` gives.
template <int in, int out, class Pass, class Load, class Store>
HWY_INLINE void along_both_axes(const Pass& pass, const Load& load, const Store& store) {
  V half[out][in];
  HWY_UNROLL(6)
  for (int col = 0; col < in; ++col) {
    V x[in], y[out];
    HWY_UNROLL(6)
    for (int row = 0; row < in; ++row) x[row] = load(row, col);
    pass(x, y);
    HWY_UNROLL(6)
    for (int row = 0; row < out; ++row) half[row][col] = y[row];
  }
  HWY_UNROLL(6)
  for (int row = 0; row < out; ++row) {
    V y[out];
    pass(half[row], y);
    HWY_UNROLL(6)
    for (int col = 0; col < out; ++col) store(row, col, y[col]);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace noyau::kernels
HWY_AFTER_NAMESPACE();

#endif
