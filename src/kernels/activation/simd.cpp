#include "kernels/simd.hpp"
// The macros above come before Highway.
#include "kernels/activation/activation.hpp"
#include "kernels/chunks.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/activation/simd.cpp"
#include "hwy/foreach_target.h"
#include "kernels/activation/functions-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace noyau::kernels::HWY_NAMESPACE {

template <class F>
void apply(const Unary& p, const Args& args) {
  const F f{number(p.alpha)};
  const float* x = args.in<float>(0);
  float* y = args.out<float>(0);
  for_vectors(args.pool, p.count, [=](std::int64_t i, std::int64_t n) {
    const VecF v = load_n(x + i, n);
    store_n(hn::IfThenElse(hn::IsNaN(v), v, f.value(v)), y + i, n);
  });
}

template <class F>
void apply_grad(const Unary& p, const Args& args) {
  const F f{number(p.alpha)};
  const float *dy = args.in<float>(0), *x_or_y = args.in<float>(1);
  float* dx = args.out<float>(0);
  for_vectors(args.pool, p.count, [=](std::int64_t i, std::int64_t n) {
    const VecF v = load_n(x_or_y + i, n), slope = f.slope(v);
    const VecF d = hn::Mul(load_n(dy + i, n), slope);
    const VecF passed = hn::IfThenZeroElse(hn::Eq(slope, hn::Zero(F32())), d);
    store_n(hn::IfThenElse(hn::IsNaN(v), v, passed), dx + i, n);
  });
}

void activation_f32(const Problem& problem, const Args& args) {
  const Unary& p = std::get<Unary>(problem);
  switch (p.function) {
#define NOYAU_ACTIVATION(name, ...) \
  case Function::name:              \
    return apply<functions::name>(p, args);
#include "base/activations.def"
    NOYAU_ACTIVATION(gelu_tanh)
#undef NOYAU_ACTIVATION
  }
}

void activation_grad_f32(const Problem& problem, const Args& args) {
  const Unary& p = std::get<Unary>(problem);
  switch (p.function) {
#define NOYAU_ACTIVATION(name, ...) \
  case Function::name:              \
    return apply_grad<functions::name>(p, args);
#include "base/activations.def"
    NOYAU_ACTIVATION(gelu_tanh)
#undef NOYAU_ACTIVATION
  }
}

}  // namespace noyau::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace noyau::kernels {

HWY_EXPORT(activation_f32);
HWY_EXPORT(activation_grad_f32);

void activation_simd(const Problem& problem, const Args& args) noexcept {
  HWY_DYNAMIC_DISPATCH(activation_f32)(problem, args);
}

void activation_grad_simd(const Problem& problem, const Args& args) noexcept {
  HWY_DYNAMIC_DISPATCH(activation_grad_f32)(problem, args);
}

}  // namespace noyau::kernels
#endif  // HWY_ONCE
