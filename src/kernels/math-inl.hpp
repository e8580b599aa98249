// Functions that neither overflow nor cancel, compiled once per Highway target. For NaN they may
// return any number: hn::Exp and hn::Log1p promise nothing.
#include "hwy/contrib/math/math-inl.h"
#include "kernels/simd-inl.hpp"

#if defined(NOYAU_KERNELS_MATH_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef NOYAU_KERNELS_MATH_INL
#undef NOYAU_KERNELS_MATH_INL
#else
#define NOYAU_KERNELS_MATH_INL
#endif

HWY_BEFORE_NAMESPACE();
namespace noyau::kernels::HWY_NAMESPACE {

HWY_INLINE VecF number(double value) { return hn::Set(F32(), float(value)); }

/// exp(-|x|), in [0, 1].
HWY_INLINE VecF exp_minus_abs(VecF x) { return hn::Exp(F32(), hn::Neg(hn::Abs(x))); }

HWY_INLINE VecF sigmoid(VecF x) {
  const VecF e = exp_minus_abs(x), one = number(1);
  return hn::Div(hn::IfThenElse(hn::Lt(x, hn::Zero(F32())), e, one), hn::Add(one, e));
}

/// log(1 + exp(x)).
HWY_INLINE VecF softplus(VecF x) {
  return hn::Add(hn::Max(x, hn::Zero(F32())), hn::Log1p(F32(), exp_minus_abs(x)));
}

}  // namespace noyau::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
