#include "kernels/simd.hpp"
// The macros above come before Highway.
#include <cmath>

#include "kernels/optimizer/optimizer.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/optimizer/simd.cpp"
#include "hwy/foreach_target.h"
#include "kernels/simd-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace noyau::kernels::HWY_NAMESPACE {

HWY_INLINE VecF all(double value) { return hn::Set(F32(), float(value)); }

void sgd_f32(const Problem& problem, const Args& args) {
  const Sgd& p = std::get<Sgd>(problem);
  float *weight = updated<float>(args, 0), *velocity = updated<float>(args, 2);
  const float* gradient = args.in<float>(1);
  const VecF lr = all(p.lr), decay = all(p.weight_decay), scale = all(p.gradient_scale);
  const VecF momentum = all(p.momentum), taken = all(1 - p.dampening), trust = all(p.trust);
  for_vectors(args.pool, p.count, [=](std::int64_t i, std::int64_t n) {
    const VecF w = load_n(weight + i, n);
    VecF g = hn::MulAdd(decay, w, hn::Mul(scale, load_n(gradient + i, n)));
    g = hn::Mul(trust, g);
    if (velocity) {
      const VecF kept = hn::MulAdd(momentum, load_n(velocity + i, n), hn::Mul(taken, g));
      const VecF v = p.first_step ? g : kept;
      store_n(v, velocity + i, n);
      g = p.nesterov ? hn::MulAdd(momentum, v, g) : v;
    }
    store_n(hn::NegMulAdd(lr, g, w), weight + i, n);
  });
}

void adam_f32(const Problem& problem, const Args& args) {
  const Adam& p = std::get<Adam>(problem);
  float *weight = updated<float>(args, 0), *first = updated<float>(args, 2);
  float *second = updated<float>(args, 3), *largest = updated<float>(args, 4);
  const float* gradient = args.in<float>(1);
  float* direction = output_or_null<float>(args, 0);
  const VecF lr = all(p.lr), decay = all(p.weight_decay), scale = all(p.gradient_scale);
  const VecF beta1 = all(p.beta1), new1 = all(1 - p.beta1), unbias1 = all(1 / p.correction1);
  const VecF beta2 = all(p.beta2), new2 = all(1 - p.beta2);
  const VecF unbias2 = all(1 / std::sqrt(p.correction2)), eps = all(p.eps);
  for_vectors(args.pool, p.count, [=](std::int64_t i, std::int64_t n) {
    const VecF w = load_n(weight + i, n);
    VecF g = hn::Mul(scale, load_n(gradient + i, n));
    if (!p.decoupled) g = hn::MulAdd(decay, w, g);
    const VecF m = hn::MulAdd(beta1, load_n(first + i, n), hn::Mul(new1, g));
    VecF v = hn::MulAdd(beta2, load_n(second + i, n), hn::Mul(hn::Mul(new2, g), g));
    store_n(m, first + i, n);
    store_n(v, second + i, n);
    if (largest) {
      v = hn::Max(v, load_n(largest + i, n));
      store_n(v, largest + i, n);
    }
    VecF d = hn::Div(hn::Mul(m, unbias1), hn::MulAdd(hn::Sqrt(v), unbias2, eps));
    if (p.decoupled) d = hn::MulAdd(decay, w, d);
    if (direction)
      store_n(d, direction + i, n);
    else
      store_n(hn::NegMulAdd(lr, d, w), weight + i, n);
  });
}

void rmsprop_f32(const Problem& problem, const Args& args) {
  const RmsProp& p = std::get<RmsProp>(problem);
  float *weight = updated<float>(args, 0), *square = updated<float>(args, 2);
  float *mean = updated<float>(args, 3), *velocity = updated<float>(args, 4);
  const float* gradient = args.in<float>(1);
  const VecF decay = all(p.weight_decay), scale = all(p.gradient_scale), eps = all(p.eps);
  const VecF alpha = all(p.alpha), taken = all(1 - p.alpha), momentum = all(p.momentum);
  // The rate acts on what enters the velocity or on what leaves it.
  const VecF rate_in = all(p.tensorflow ? p.lr : 1), rate_out = all(p.tensorflow ? 1 : p.lr);
  for_vectors(args.pool, p.count, [=](std::int64_t i, std::int64_t n) {
    const VecF w = load_n(weight + i, n);
    const VecF g = hn::MulAdd(decay, w, hn::Mul(scale, load_n(gradient + i, n)));
    VecF s = hn::MulAdd(alpha, load_n(square + i, n), hn::Mul(hn::Mul(taken, g), g));
    store_n(s, square + i, n);
    if (mean) {
      const VecF m = hn::MulAdd(alpha, load_n(mean + i, n), hn::Mul(taken, g));
      store_n(m, mean + i, n);
      s = hn::Max(hn::NegMulAdd(m, m, s), hn::Zero(F32()));
    }
    const VecF root = p.tensorflow ? hn::Sqrt(hn::Add(s, eps)) : hn::Add(hn::Sqrt(s), eps);
    VecF d = hn::Mul(rate_in, hn::Div(g, root));
    if (velocity) {
      d = hn::MulAdd(momentum, load_n(velocity + i, n), d);
      store_n(d, velocity + i, n);
    }
    store_n(hn::NegMulAdd(rate_out, d, w), weight + i, n);
  });
}

void adagrad_f32(const Problem& problem, const Args& args) {
  const Adagrad& p = std::get<Adagrad>(problem);
  float *weight = updated<float>(args, 0), *sum = updated<float>(args, 2);
  const float* gradient = args.in<float>(1);
  const VecF lr = all(p.lr), decay = all(p.weight_decay), scale = all(p.gradient_scale);
  const VecF eps = all(p.eps);
  for_vectors(args.pool, p.count, [=](std::int64_t i, std::int64_t n) {
    const VecF w = load_n(weight + i, n);
    const VecF g = hn::MulAdd(decay, w, hn::Mul(scale, load_n(gradient + i, n)));
    const VecF s = hn::MulAdd(g, g, load_n(sum + i, n));
    store_n(s, sum + i, n);
    const VecF d = hn::Div(g, hn::Add(hn::Sqrt(s), eps));
    store_n(hn::NegMulAdd(lr, d, w), weight + i, n);
  });
}

}  // namespace noyau::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace noyau::kernels {

#define NOYAU_DISPATCH(name)                                            \
  HWY_EXPORT(name##_f32);                                               \
  void name##_simd(const Problem& problem, const Args& args) noexcept { \
    HWY_DYNAMIC_DISPATCH(name##_f32)(problem, args);                    \
  }

NOYAU_DISPATCH(sgd)
NOYAU_DISPATCH(adam)
NOYAU_DISPATCH(rmsprop)
NOYAU_DISPATCH(adagrad)

#undef NOYAU_DISPATCH

}  // namespace noyau::kernels
#endif  // HWY_ONCE
