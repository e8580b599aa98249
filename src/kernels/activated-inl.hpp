// What kernels with an activation do to their sums. Compiled per instruction set.
#if defined(NOYAU_KERNELS_ACTIVATED_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef NOYAU_KERNELS_ACTIVATED_INL
#undef NOYAU_KERNELS_ACTIVATED_INL
#else
#define NOYAU_KERNELS_ACTIVATED_INL
#endif

#include <hwy/highway.h>

#include "kernels/kernel.hpp"

HWY_BEFORE_NAMESPACE();
namespace noyau::kernels::HWY_NAMESPACE {

/// Not min() and max(): a NaN stays a NaN.
template <class Vector>
HWY_INLINE Vector activated(Vector v, Activation activation) {
  namespace hn = hwy::HWY_NAMESPACE;
  const hn::DFromV<Vector> d;
  if (activation == Activation::none) return v;
  v = hn::IfThenZeroElse(hn::Lt(v, hn::Zero(d)), v);
  if (activation == Activation::relu) return v;
  const Vector six = hn::Set(d, 6.0f);
  return hn::IfThenElse(hn::Lt(six, v), six, v);
}

}  // namespace noyau::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
