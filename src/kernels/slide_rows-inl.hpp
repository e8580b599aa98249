// The rows that kernels read which slide along them, as they lie in memory or still to be
// normalised. Compiled per instruction set.
#if defined(NOYAU_KERNELS_SLIDE_ROWS_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef NOYAU_KERNELS_SLIDE_ROWS_INL
#undef NOYAU_KERNELS_SLIDE_ROWS_INL
#else
#define NOYAU_KERNELS_SLIDE_ROWS_INL
#endif

#include <limits>

#include "kernels/simd-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace noyau::kernels::HWY_NAMESPACE {

alignas(64) inline constexpr float kZeroPixel[16] = {};

/// A tensor [rows, width, channels]; `first` is the row of an image's top, `height` its rows.
struct Plane {
  const float* data;
  std::int64_t width, channels, first, height;
};

/// Fetches what the next rows will need into the second-level cache, a few lines per step.
struct Ahead {
  const float* at;
  std::int64_t step;  ///< 16 floats, or 0 when there is nothing to fetch

  Ahead() : at(kZeroPixel), step(0) {}
  /// `floats` from `from` on, unless the tensor ends before.
  Ahead(const float* from, const float* end, std::int64_t floats) {
    const bool fits = from <= end && end - from >= floats;
    at = fits ? from : end;
    step = fits ? 16 : 0;
  }
  template <int kLines>
  HWY_INLINE void fetch() {
    HWY_UNROLL(8)
    for (int i = 0; i < kLines; ++i) {
      __builtin_prefetch(at, 0, 2);
      at += step;
    }
  }
};

/// Neighbouring rows walked together, pixel by pixel, for one vector of channels. A row outside the
/// image is a pixel of zeros that is read again and again.
template <int kCount>
struct Rows {
  static constexpr int kRows = kCount;
  const float* at[kRows];
  std::int64_t step[kRows];

  /// Row `row + i * direction` of the plane becomes number i.
  HWY_INLINE Rows(const Plane& p, std::int64_t row, std::int64_t direction, std::int64_t channel) {
    for (int i = 0; i < kRows; ++i) {
      const std::int64_t r = row + i * direction;
      const bool inside = r >= 0 && r < p.height;
      at[i] = inside ? p.data + (p.first + r) * p.width * p.channels + channel : kZeroPixel;
      step[i] = inside ? p.channels : 0;
    }
  }
  HWY_INLINE VecF load(int i) const { return hn::LoadU(F32(), at[i]); }
  HWY_INLINE void next(VecF (&v)[kRows]) {
    HWY_UNROLL(16)
    for (int i = 0; i < kRows; ++i) v[i] = load(i);
    skip();
  }
  HWY_INLINE void skip() {
    HWY_UNROLL(16)
    for (int i = 0; i < kRows; ++i) at[i] += step[i];
  }
};

/// x as it lies in memory.
struct PlainInput {
  /// `kVectors` neighbouring vectors of channels are read.
  template <int kRows, int kVectors = 1>
  HWY_INLINE Rows<kRows> rows(const Plane& x, std::int64_t row, std::int64_t channel) const {
    return Rows<kRows>(x, row, 1, channel);
  }
};

/// Not below `low` nor above `high`; a NaN stays one.
HWY_INLINE VecF between(VecF v, VecF low, VecF high) {
#if HWY_ARCH_X86 && HWY_TARGET != HWY_SCALAR
  return hn::Min(high, hn::Max(low, v));  // the second operand where one is a NaN
#else
  v = hn::IfThenElse(hn::Lt(v, low), low, v);
  return hn::IfThenElse(hn::Gt(v, high), high, v);
#endif
}

/// What normalises a vector of channels, with the bits of batch_norm_apply.
struct Normalisation {
  VecF mean, scale, bias;

  HWY_INLINE VecF operator()(VecF x, VecF low, VecF high) const {
    return between(hn::MulAdd(hn::Sub(x, mean), scale, bias), low, high);
  }
};

/// Rows of what batch_norm_apply makes of x, zero outside the image.
template <int kCount, int kVectors>
struct NormalisedRows {
  static constexpr int kRows = kCount;
  Rows<kRows> x;
  Normalisation normalised[kVectors];
  VecF low, high;

  HWY_INLINE VecF load(int i, int vector = 0) const {
    if (x.step[i] == 0) return hn::Zero(F32());
    return normalised[vector](hn::LoadU(F32(), x.at[i] + vector * kLanes), low, high);
  }
  HWY_INLINE void next(VecF (&v)[kRows]) {
    HWY_UNROLL(16)
    for (int i = 0; i < kRows; ++i) v[i] = load(i);
    skip();
  }
  HWY_INLINE void skip() { x.skip(); }
};

/// x still to be normalised, with numbers per channel.
struct NormalisedInput {
  const float *mean, *scale, *bias;
  float low, high;

  /// `slot` is the first of the norm's numbers among the inputs.
  NormalisedInput(Activation activation, const Args& args, std::size_t slot)
      : mean(args.in<float>(slot)),
        scale(args.in<float>(slot + 1)),
        bias(input_or_null<float>(args, slot + 2)) {
    low = activation == Activation::none ? -std::numeric_limits<float>::infinity() : 0;
    high = activation == Activation::relu6 ? 6 : std::numeric_limits<float>::infinity();
  }
  HWY_INLINE Normalisation at(std::int64_t channel) const {
    const F32 d;
    return {hn::LoadU(d, mean + channel), hn::LoadU(d, scale + channel),
            bias ? hn::LoadU(d, bias + channel) : hn::Zero(d)};
  }
  template <int kRows, int kVectors = 1>
  HWY_INLINE NormalisedRows<kRows, kVectors> rows(const Plane& x, std::int64_t row,
                                                  std::int64_t channel) const {
    NormalisedRows<kRows, kVectors> rows{
        Rows<kRows>(x, row, 1, channel), {}, hn::Set(F32(), low), hn::Set(F32(), high)};
    for (int v = 0; v < kVectors; ++v) rows.normalised[v] = at(channel + v * kLanes);
    return rows;
  }
};

}  // namespace noyau::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
