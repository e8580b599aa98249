// How a column of grouped convolutions meets its weights. Compiled per instruction set.
#if defined(NOYAU_KERNELS_GROUPED_TAPS_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef NOYAU_KERNELS_GROUPED_TAPS_INL
#undef NOYAU_KERNELS_GROUPED_TAPS_INL
#else
#define NOYAU_KERNELS_GROUPED_TAPS_INL
#endif

#include "kernels/grouped/spread-inl.hpp"
#include "kernels/slide-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace noyau::kernels::HWY_NAMESPACE {

// One pixel of each row, all channels of the groups of a vector.
template <int kRows>
struct PlainPixels {
  const float* const (&at)[kRows];
  HWY_INLINE explicit PlainPixels(const Rows<kRows>& rows) : at(rows.at) {}
};

// The same, normalised: once, before it is spread.
template <int kRows, int kVectors>
struct NormalisedPixels {
  alignas(64) float at[kRows][kVectors * kLanes];
  HWY_INLINE explicit NormalisedPixels(const NormalisedRows<kRows, kVectors>& rows) {
    HWY_UNROLL(16)
    for (int r = 0; r < kRows; ++r) HWY_UNROLL(16)
    for (int v = 0; v < kVectors; ++v) hn::Store(rows.load(r, v), F32(), at[r] + v * kLanes);
  }
};

template <int kRows>
HWY_INLINE PlainPixels<kRows> pixels_of(const Rows<kRows>& rows) {
  return PlainPixels<kRows>(rows);
}
template <int kRows, int kVectors>
HWY_INLINE NormalisedPixels<kRows, kVectors> pixels_of(
    const NormalisedRows<kRows, kVectors>& rows) {
  return NormalisedPixels<kRows, kVectors>(rows);
}

struct WeightsAt {
  const float* first;
  HWY_INLINE VecF operator[](int tap) const { return hn::LoadU(F32(), first + tap * kBlock); }
};

// The weights of a vector of channels, [channel of its group][tap], read from the first-level
// cache.
template <int kGroup>
struct GroupedTaps {
  static constexpr int kKernel = 3, kPacked = 9 * kGroup;
  // A forward pass of stride 2 adds to few sums of a row: more rows share each weight where the
  // registers allow.
  static constexpr int kTargets = 2, kHalvedTargets = kLanes == 16 ? 4 : 2;
  static constexpr int kVectors = kGroup < kLanes ? 1 : kGroup / int(kLanes);
  const float* packed;

  HWY_INLINE explicit GroupedTaps(const float* p) : packed(p) {}
  static std::int64_t source_channel(std::int64_t channel) {
    return first_of_groups<kGroup>(channel);
  }

  template <class Columns, class X, int R, int kSums, class Part>
  HWY_INLINE void column(X& rows, VecF (&sum)[R][kSums], Part part) const {
    const auto pixels = pixels_of(rows);
    for (int i = 0; i < kGroup; ++i) {
      VecF v[X::kRows];
      HWY_UNROLL(16)
      for (int r = 0; r < X::kRows; ++r) v[r] = spread<kGroup>(pixels.at[r], i);
      Columns::add(WeightsAt{packed + i * 9 * kBlock}, v, sum, part);
    }
    rows.skip();
  }
};

}  // namespace noyau::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
