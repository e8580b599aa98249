// One struct per activation: value(x), and slope(v) of x or y as base/activations.def says.
// Compiled once per Highway target.
#include "kernels/math-inl.hpp"

#if defined(NOYAU_KERNELS_FUNCTIONS_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef NOYAU_KERNELS_FUNCTIONS_INL
#undef NOYAU_KERNELS_FUNCTIONS_INL
#else
#define NOYAU_KERNELS_FUNCTIONS_INL
#endif

#include <iterator>

HWY_BEFORE_NAMESPACE();
namespace noyau::kernels::HWY_NAMESPACE {
namespace functions {

HWY_INLINE VecF clamp(VecF x, double low, double high) {
  return hn::Min(hn::Max(x, number(low)), number(high));
}
HWY_INLINE auto between(VecF v, double low, double high) {
  return hn::And(hn::Gt(v, number(low)), hn::Lt(v, number(high)));
}

struct relu {
  VecF alpha;
  HWY_INLINE VecF value(VecF x) const { return hn::Max(x, number(0)); }
  HWY_INLINE VecF slope(VecF y) const {
    return hn::IfThenElseZero(hn::Gt(y, number(0)), number(1));
  }
};

struct relu6 {
  VecF alpha;
  HWY_INLINE VecF value(VecF x) const { return clamp(x, 0, 6); }
  HWY_INLINE VecF slope(VecF y) const { return hn::IfThenElseZero(between(y, 0, 6), number(1)); }
};

struct hard_tanh {
  VecF alpha;
  HWY_INLINE VecF value(VecF x) const { return clamp(x, -1, 1); }
  HWY_INLINE VecF slope(VecF y) const { return hn::IfThenElseZero(between(y, -1, 1), number(1)); }
};

struct hard_sigmoid {
  VecF alpha;
  HWY_INLINE VecF value(VecF x) const {
    return hn::Div(clamp(hn::Add(x, number(3)), 0, 6), number(6));
  }
  HWY_INLINE VecF slope(VecF y) const {
    return hn::IfThenElseZero(between(y, 0, 1), number(1.0 / 6));
  }
};

struct hard_swish {
  VecF alpha;
  HWY_INLINE VecF value(VecF x) const { return hn::Mul(x, hard_sigmoid{alpha}.value(x)); }
  HWY_INLINE VecF slope(VecF x) const {
    const VecF inner = hn::MulAdd(x, number(1.0 / 3), number(0.5));
    const VecF right = hn::IfThenElse(hn::Lt(x, number(3)), inner, number(1));
    return hn::IfThenZeroElse(hn::Le(x, number(-3)), right);
  }
};

struct leaky_relu {
  VecF alpha;
  HWY_INLINE VecF value(VecF x) const {
    return hn::IfThenElse(hn::Gt(x, number(0)), x, hn::Mul(alpha, x));
  }
  HWY_INLINE VecF slope(VecF x) const {
    return hn::IfThenElse(hn::Gt(x, number(0)), number(1), alpha);
  }
};

struct elu {
  VecF alpha;
  HWY_INLINE VecF value(VecF x) const {
    const VecF low = hn::Mul(alpha, hn::Expm1(F32(), hn::Min(x, number(0))));
    return hn::IfThenElse(hn::Gt(x, number(0)), x, low);
  }
  HWY_INLINE VecF slope(VecF x) const {
    return hn::IfThenElse(hn::Gt(x, number(0)), number(1), hn::Mul(alpha, exp_minus_abs(x)));
  }
};

struct sigmoid {
  VecF alpha;
  HWY_INLINE VecF value(VecF x) const { return HWY_NAMESPACE::sigmoid(x); }
  HWY_INLINE VecF slope(VecF y) const { return hn::Mul(y, hn::Sub(number(1), y)); }
};

struct tanh {
  VecF alpha;
  HWY_INLINE VecF value(VecF x) const { return hn::Tanh(F32(), x); }
  HWY_INLINE VecF slope(VecF y) const { return hn::NegMulAdd(y, y, number(1)); }
};

struct softplus {
  VecF alpha;
  HWY_INLINE VecF value(VecF x) const { return HWY_NAMESPACE::softplus(x); }
  HWY_INLINE VecF slope(VecF x) const { return HWY_NAMESPACE::sigmoid(x); }
};

struct silu {
  VecF alpha;
  HWY_INLINE VecF value(VecF x) const { return hn::Mul(x, HWY_NAMESPACE::sigmoid(x)); }
  HWY_INLINE VecF slope(VecF x) const {
    const VecF s = HWY_NAMESPACE::sigmoid(x);
    return hn::Mul(s, hn::MulAdd(x, hn::Sub(number(1), s), number(1)));
  }
};

// tanh(log(1 + exp(x))) is n / (n + 2) with n = exp(x) * (exp(x) + 2); multiplied by exp(-2x) where
// x is positive, so that nothing overflows.
struct mish {
  VecF alpha;
  HWY_INLINE VecF value(VecF x) const {
    VecF rest;
    return hn::Mul(x, tanh_of_softplus(x, rest));
  }
  HWY_INLINE VecF slope(VecF x) const {
    VecF rest;
    const VecF t = tanh_of_softplus(x, rest);
    const VecF inner = hn::Mul(hn::Mul(rest, hn::Add(number(1), t)), HWY_NAMESPACE::sigmoid(x));
    return hn::MulAdd(x, inner, t);
  }

 private:
  // `rest` is 1 minus the result.
  HWY_INLINE static VecF tanh_of_softplus(VecF x, VecF& rest) {
    const VecF e = exp_minus_abs(x), two = number(2);
    const auto negative = hn::Lt(x, number(0));
    const VecF n =
        hn::IfThenElse(negative, hn::Mul(e, hn::Add(e, two)), hn::MulAdd(two, e, number(1)));
    const VecF beyond = hn::IfThenElse(negative, two, hn::Mul(two, hn::Mul(e, e)));
    const VecF all = hn::Add(n, beyond);
    rest = hn::Div(beyond, all);
    return hn::Div(n, all);
  }
};

// The normal distribution function by exp(-x^2 / 2) * t * P(t) with t = 1 / (1 + 0.27 |x|) for
// negative x, P fitted at Chebyshev nodes for |x| < 14: 3e-8 relative, so that erf is right to 1e-7
// in exact arithmetic and to 2e-7 in f32.
struct gelu {
  VecF alpha;
  HWY_INLINE VecF value(VecF x) const { return hn::Mul(x, distribution(x, bell(x))); }
  HWY_INLINE VecF slope(VecF x) const {
    const VecF b = bell(x);
    // Beyond 20 the density is 0 and x may be infinite.
    const VecF density = hn::Mul(hn::Mul(clamp(x, -20, 20), b), number(0.3989422804014327));
    return hn::Add(distribution(x, b), density);
  }

 private:
  HWY_INLINE static VecF bell(VecF x) {
    const VecF near = clamp(x, -20, 20);
    return hn::Exp(F32(), hn::Mul(hn::Mul(near, near), number(-0.5)));
  }
  HWY_INLINE static VecF distribution(VecF x, VecF bell_of_x) {
    constexpr double kP[] = {0.029107028203220264, -0.12724211981826275, 0.1714446872759234,
                             -0.07121391687188737, 0.10927720639300302,  0.07140606256955351,
                             0.10198036699930978,  0.10751860326224608,  0.10772209305880272};
    const VecF t = hn::Div(number(1), hn::MulAdd(hn::Abs(x), number(0.27), number(1)));
    VecF p = number(kP[0]);
    for (std::size_t i = 1; i < std::size(kP); ++i) p = hn::MulAdd(p, t, number(kP[i]));
    const VecF tail = hn::Mul(bell_of_x, hn::Mul(p, t));
    return hn::IfThenElse(hn::Lt(x, number(0)), tail, hn::Sub(number(1), tail));
  }
};

// x * sigmoid(2 sqrt(2 / pi) (x + 0.044715 x^3)); beyond 12 the sigmoid is 0 or 1 in f32.
struct gelu_tanh {
  VecF alpha;
  HWY_INLINE VecF value(VecF x) const {
    return hn::Mul(x, HWY_NAMESPACE::sigmoid(logit(clamp(x, -12, 12))));
  }
  HWY_INLINE VecF slope(VecF x) const {
    const VecF near = clamp(x, -12, 12), u = logit(near), s = HWY_NAMESPACE::sigmoid(u);
    const VecF rest = HWY_NAMESPACE::sigmoid(hn::Neg(u));  // 1 - s would cancel
    const VecF inner =
        hn::MulAdd(hn::Mul(near, near), number(kScale * 3 * 0.044715), number(kScale));
    return hn::MulAdd(hn::Mul(s, rest), hn::Mul(near, inner), s);
  }

 private:
  static constexpr double kScale = 1.5957691216057308;  // 2 sqrt(2 / pi)
  HWY_INLINE static VecF logit(VecF x) {
    return hn::Mul(x, hn::MulAdd(hn::Mul(x, x), number(kScale * 0.044715), number(kScale)));
  }
};

}  // namespace functions
}  // namespace noyau::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
