#include "kernels/simd.hpp"
// The macros above come before Highway.
#include <algorithm>
#include <limits>

#include "kernels/chunks.hpp"
#include "kernels/fold.hpp"
#include "kernels/scale/scale.hpp"
#include "kernels/wrap.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/scale/simd.cpp"
#include "hwy/foreach_target.h"
#include "kernels/fold-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace noyau::kernels::HWY_NAMESPACE {

constexpr std::int64_t kChunk = 16384;  // elements of an image that a task scales

// What one image is computed from. Rows of factors and shares are wrapped.
struct Terms {
  const float *x, *gate, *residual, *factors, *shares;
  float floor;  ///< 0 for a ReLU, else minus infinity
};

// Elements [i, end) of one image. All loads of a vector come before its store: y may be x.
template <bool kGated, bool kResidual, bool kSpread>
void scale_range(const Terms& terms, float* y, std::int64_t i, std::int64_t end,
                 std::int64_t channels) {
  static_assert(kLanes <= kWrap);
  const F32 d;
  const VecF floor = hn::Set(d, terms.floor);
  const std::int64_t step = kLanes % channels;
  std::int64_t c = i % channels;
  for (; i < end; i += kLanes) {
    const VecF x = load_n(terms.x + i, end - i);
    VecF v = hn::Mul(x, hn::LoadU(d, terms.factors + c));
    if (kGated) v = hn::IfThenElse(hn::Gt(load_n(terms.gate + i, end - i), hn::Zero(d)), x, v);
    if (kResidual) v = hn::Add(v, load_n(terms.residual + i, end - i));
    if (kSpread) v = hn::Add(v, hn::LoadU(d, terms.shares + c));
    v = hn::IfThenElse(hn::Lt(v, floor), floor, v);  // a NaN stays one
    store_n(v, y + i, end - i);
    c += step;
    if (c >= channels) c -= channels;
  }
}

using Range = void (*)(const Terms&, float*, std::int64_t, std::int64_t, std::int64_t);

Range range_of(const Scale& p) {
  if (p.gated) return scale_range<true, false, false>;
  if (p.residual)
    return p.spread ? scale_range<false, true, true> : scale_range<false, true, false>;
  return p.spread ? scale_range<false, false, true> : scale_range<false, false, false>;
}

void wrap_factors(const Scale& p, const float* factors, float multiplier, float* wrapped,
                  ThreadPool& pool) {
  const std::int64_t length = p.inner + kWrap;
  for_chunks(pool, p.outer, grain_for(length), [=](std::int64_t o, std::int64_t end) {
    for (; o < end; ++o) {
      float* row = wrapped + o * length;
      wrap(factors + o * p.inner, p.inner, row);
      for (std::int64_t c = 0; c < length; ++c) row[c] *= multiplier;
    }
  });
}

void scale_f32(const Problem& problem, const Args& args) {
  const Scale& p = std::get<Scale>(problem);
  const std::int64_t image = p.middle * p.inner, chunks = divide_up(image, kChunk);
  if (image == 0) return;
  const std::int64_t length = p.inner + kWrap;
  float* factors = reinterpret_cast<float*>(args.scratch);
  float* shares = p.spread ? factors + p.outer * length : factors;
  wrap_factors(p, args.in<float>(1), 1, factors, args.pool);
  if (p.spread) wrap_factors(p, args.in<float>(3), 1 / float(p.middle), shares, args.pool);
  const float *x = args.in<float>(0), *second = input_or_null<float>(args, 2);
  const float *gate = p.gated && second ? second : x, *residual = p.residual ? second : x;
  const float floor =
      p.activation == Activation::relu ? 0 : -std::numeric_limits<float>::infinity();
  const Range range = range_of(p);
  const std::int64_t grain = grain_for(std::min(image, kChunk));
  for_chunks(args.pool, p.outer * chunks, grain, [&](std::int64_t task, std::int64_t last) {
    for (; task < last; ++task) {
      const std::int64_t o = task / chunks, begin = task % chunks * kChunk, at = o * image;
      const Terms terms{x + at, gate + at, residual + at, factors + o * length, shares + o * length,
                        floor};
      range(terms, args.out<float>(0) + at, begin, std::min(image, begin + kChunk), p.inner);
    }
  });
}

template <bool kGated>
struct ProductSum {
  static constexpr int kSums = 1;
  const float *dy, *x;
  VecF prepare(std::int64_t, std::int64_t, std::int64_t) const { return hn::Zero(F32()); }
  HWY_INLINE void step(std::int64_t offset, std::int64_t, std::int64_t n, VecF, VecF& sum,
                       VecF&) const {
    const VecF v = load_n(x + offset, n);
    VecF product = hn::Mul(load_n(dy + offset, n), v);
    if (kGated) product = hn::IfThenZeroElse(hn::Gt(v, hn::Zero(F32())), product);
    sum = hn::Add(sum, product);
  }
};

// Also writes the dy that the ReLU lets pass; it may take the place of dy.
struct MaskedProductSum {
  static constexpr int kSums = 1;
  const float *dy, *x, *y;
  float* masked;
  VecF prepare(std::int64_t, std::int64_t, std::int64_t) const { return hn::Zero(F32()); }
  HWY_INLINE void step(std::int64_t offset, std::int64_t, std::int64_t n, VecF, VecF& sum,
                       VecF&) const {
    const auto passed = hn::Gt(load_n(y + offset, n), hn::Zero(F32()));
    const VecF g = hn::IfThenElseZero(passed, load_n(dy + offset, n));
    store_n(g, masked + offset, n);
    sum = hn::Add(sum, hn::Mul(g, load_n(x + offset, n)));
  }
};

template <class OpOf>
void sum_products(const Problem& problem, const Args& args, const OpOf& op_of, float* sums) {
  const Scale& p = std::get<Scale>(problem);
  sum_middles(p.outer, p.middle, p.inner, 1, op_of, sums, args);
}

void scale_grad_f32(const Problem& problem, const Args& args) {
  const float *dy = args.in<float>(0), *x = args.in<float>(1);
  float* sums = args.out<float>(0);
  const auto plain = [=](std::int64_t at) { return ProductSum<false>{dy + at, x + at}; };
  const auto gated = [=](std::int64_t at) { return ProductSum<true>{dy + at, x + at}; };
  std::get<Scale>(problem).gated ? sum_products(problem, args, gated, sums)
                                 : sum_products(problem, args, plain, sums);
}

void scale_relu_grad_f32(const Problem& problem, const Args& args) {
  const float *dy = args.in<float>(0), *x = args.in<float>(1), *y = args.in<float>(2);
  float *masked = args.out<float>(0), *sums = args.out<float>(1);
  const auto op_of = [=](std::int64_t at) {
    return MaskedProductSum{dy + at, x + at, y + at, masked + at};
  };
  sum_products(problem, args, op_of, sums);
}

}  // namespace noyau::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace noyau::kernels {

HWY_EXPORT(scale_f32);
HWY_EXPORT(scale_grad_f32);
HWY_EXPORT(scale_relu_grad_f32);

void scale_simd(const Problem& problem, const Args& args) noexcept {
  HWY_DYNAMIC_DISPATCH(scale_f32)(problem, args);
}

void scale_grad_simd(const Problem& problem, const Args& args) noexcept {
  HWY_DYNAMIC_DISPATCH(scale_grad_f32)(problem, args);
}

void scale_relu_grad_simd(const Problem& problem, const Args& args) noexcept {
  HWY_DYNAMIC_DISPATCH(scale_relu_grad_f32)(problem, args);
}

std::size_t scale_scratch(const Problem& problem) {
  const Scale& p = std::get<Scale>(problem);
  return std::size_t((p.spread ? 2 : 1) * p.outer * (p.inner + kWrap)) * sizeof(float);
}

std::size_t scale_grad_scratch(const Problem& problem) {
  const Scale& p = std::get<Scale>(problem);
  return middle_sums_scratch(p.outer, p.middle, p.inner);
}

}  // namespace noyau::kernels
#endif  // HWY_ONCE
