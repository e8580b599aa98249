// Small helpers compiled once per Highway target: no include guard but Highway's own toggle.
#include "hwy/highway.h"

#if defined(NOYAU_KERNELS_SIMD_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef NOYAU_KERNELS_SIMD_INL
#undef NOYAU_KERNELS_SIMD_INL
#else
#define NOYAU_KERNELS_SIMD_INL
#endif

#include <cstdint>
#include <cstring>

#include "kernels/chunks.hpp"

HWY_BEFORE_NAMESPACE();
namespace noyau::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using F32 = hn::ScalableTag<float>;
using I32 = hn::ScalableTag<std::int32_t>;
using U8 = hn::Rebind<std::uint8_t, F32>;
using VecF = hn::Vec<F32>;
using VecI = hn::Vec<I32>;

inline constexpr std::int64_t kLanes = std::int64_t(hn::MaxLanes(F32()));

/// The first min(n, lanes) elements at `p`, zeros beyond; reads nothing else.
HWY_INLINE VecF load_n(const float* p, std::int64_t n) {
  const F32 d;
  if (n >= kLanes) return hn::LoadU(d, p);
  if (n <= 0) return hn::Zero(d);  // the portable target reads masked-off lanes too
  return hn::MaskedLoad(hn::FirstN(d, std::size_t(n)), d, p);
}

/// Writes the first min(n, lanes) elements of `v`, nothing else.
HWY_INLINE void store_n(VecF v, float* p, std::int64_t n) {
  const F32 d;
  if (n >= kLanes) return hn::StoreU(v, d, p);
  hn::BlendedStore(v, hn::FirstN(d, std::size_t(n)), d, p);
}

/// Not max(): a NaN stays a NaN.
HWY_INLINE VecF relu(VecF v) { return hn::IfThenZeroElse(hn::Lt(v, hn::Zero(F32())), v); }

/// Calls body(i, n) for vectors of n elements from i on; n is less than a vector only at the end.
/// Tasks are 16384 elements.
template <class Body>
void for_vectors(ThreadPool& pool, std::int64_t count, const Body& body) {
  for_chunks(pool, count, 16384, [&](std::int64_t i, std::int64_t end) {
    for (; i + kLanes <= end; i += kLanes) body(i, kLanes);
    if (i < end) body(i, end - i);
  });
}

}  // namespace noyau::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
