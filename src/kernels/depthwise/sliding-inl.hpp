// What the sliding kernels share: rows of pixels that may lie outside their tensor. Compiled per
// instruction set.
#if defined(NOYAU_KERNELS_DEPTHWISE_SLIDING_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef NOYAU_KERNELS_DEPTHWISE_SLIDING_INL
#undef NOYAU_KERNELS_DEPTHWISE_SLIDING_INL
#else
#define NOYAU_KERNELS_DEPTHWISE_SLIDING_INL
#endif

#include "kernels/simd-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace noyau::kernels::HWY_NAMESPACE {

alignas(64) inline constexpr float kZeroPixel[16] = {};

/// A tensor [rows, width, channels]; `first` is the row of an image's top, `height` its rows.
struct Plane {
  const float* data;
  std::int64_t width, channels, first, height;
};

/// Neighbouring rows walked together, pixel by pixel, for one vector of channels. A row outside the
/// image is a pixel of zeros that is read again and again.
template <int kRows>
struct Rows {
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
  HWY_INLINE void next(VecF (&v)[kRows]) {
    HWY_UNROLL(16)
    for (int i = 0; i < kRows; ++i) {
      v[i] = hn::LoadU(F32(), at[i]);
      at[i] += step[i];
    }
  }
};

inline constexpr std::int64_t kNothing = -1;

/// Fetches what the next rows will need into the second-level cache, a few lines per step.
struct Ahead {
  const float* at;
  std::int64_t step;  ///< 16 floats, or 0 when there is nothing to fetch

  Ahead() : at(kZeroPixel), step(0) {}
  /// `floats` from `from` on, unless the tensor ends before.
  Ahead(const float* from, const float* end, std::int64_t floats) {
    const bool fits = floats >= 0 && from <= end && end - from >= floats;
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

}  // namespace noyau::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
