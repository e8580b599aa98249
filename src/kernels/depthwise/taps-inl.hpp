// How a column of depthwise convolutions meets its weights. Compiled per instruction set.
#if defined(NOYAU_KERNELS_DEPTHWISE_TAPS_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef NOYAU_KERNELS_DEPTHWISE_TAPS_INL
#undef NOYAU_KERNELS_DEPTHWISE_TAPS_INL
#else
#define NOYAU_KERNELS_DEPTHWISE_TAPS_INL
#endif

#include "kernels/slide-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace noyau::kernels::HWY_NAMESPACE {

// The taps of a vector of channels, in registers where they fit.
template <int K>
struct DepthwiseTaps {
  static constexpr int kKernel = K, kPacked = K * K;
  static constexpr int kTargets = 2, kHalvedTargets = 2, kVectors = 1;
  VecF weight[K * K];

  HWY_INLINE explicit DepthwiseTaps(const float* packed) {
    HWY_UNROLL(64)
    for (int t = 0; t < K * K; ++t) weight[t] = hn::LoadU(F32(), packed + t * kBlock);
  }
  static std::int64_t source_channel(std::int64_t channel) { return channel; }

  template <class Columns, class X, int R, int kSums, class Part>
  HWY_INLINE void column(X& rows, VecF (&sum)[R][kSums], Part part) const {
    VecF v[X::kRows];
    rows.next(v);
    Columns::add(weight, v, sum, part);
  }
};

}  // namespace noyau::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
