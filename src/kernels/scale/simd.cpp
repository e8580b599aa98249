#include "kernels/simd.hpp"
// The macros above come before Highway.
#include <algorithm>

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

// Elements [i, end) of one image whose factors are `wrapped`. All loads of a vector come before its
// store: y may be x.
template <bool kGated>
void scale_range(const float* x, const float* gate, const float* wrapped, float* y, std::int64_t i,
                 std::int64_t end, std::int64_t channels) {
  static_assert(kLanes <= kWrap);
  const F32 d;
  const std::int64_t step = kLanes % channels;
  std::int64_t c = i % channels;
  for (; i < end; i += kLanes) {
    const VecF v = load_n(x + i, end - i);
    VecF scaled = hn::Mul(v, hn::LoadU(d, wrapped + c));
    if (kGated) {
      scaled = hn::IfThenElse(hn::Gt(load_n(gate + i, end - i), hn::Zero(d)), v, scaled);
    }
    store_n(scaled, y + i, end - i);
    c += step;
    if (c >= channels) c -= channels;
  }
}

void wrap_factors(const Scale& p, const float* factors, float* wrapped, ThreadPool& pool) {
  const std::int64_t length = p.inner + kWrap;
  for_chunks(pool, p.outer, grain_for(length), [=](std::int64_t o, std::int64_t end) {
    for (; o < end; ++o) {
      wrap(factors + o * p.inner, p.inner, wrapped + o * length);
    }
  });
}

void scale_f32(const Problem& problem, const Args& args) {
  const Scale& p = std::get<Scale>(problem);
  const std::int64_t image = p.middle * p.inner, chunks = divide_up(image, kChunk);
  if (image == 0) return;
  float* wrapped = reinterpret_cast<float*>(args.scratch);
  wrap_factors(p, args.in<float>(1), wrapped, args.pool);
  const float* x = args.in<float>(0);
  const float* gate = input_or_null<float>(args, 2) ? args.in<float>(2) : x;
  float* y = args.out<float>(0);
  const std::int64_t grain = grain_for(std::min(image, kChunk));
  for_chunks(args.pool, p.outer * chunks, grain, [&](std::int64_t task, std::int64_t last) {
    for (; task < last; ++task) {
      const std::int64_t o = task / chunks, begin = task % chunks * kChunk, at = o * image;
      (p.gated ? scale_range<true>
               : scale_range<false>)(x + at, gate + at, wrapped + o * (p.inner + kWrap), y + at,
                                     begin, std::min(image, begin + kChunk), p.inner);
    }
  });
}

template <bool kGated>
struct ProductSum {
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

// Adds the chunks and the copies of the channels of one image.
void finish_sums(const Fold& fold, const float* partials, float* sums) {
  for (std::int64_t c = 0; c < fold.channels; ++c) {
    double sum = 0;
    for (std::int64_t chunk = 0; chunk < fold.chunks; ++chunk) {
      const float* partial = partials + (chunk * 3 + 1) * fold.columns;
      for (std::int64_t j = c; j < fold.columns; j += fold.channels) sum += double(partial[j]);
    }
    sums[c] = float(sum);
  }
}

template <bool kGated>
void sum_products(const Scale& p, const Args& args) {
  const Fold fold(p.middle, p.inner);
  const std::int64_t image = p.middle * p.inner, length = 3 * fold.chunks * fold.columns;
  const std::int64_t tasks = column_tasks(fold);
  const float *dy = args.in<float>(0), *x = args.in<float>(1);
  float *sums = args.out<float>(0), *partials = reinterpret_cast<float*>(args.scratch);
  const std::int64_t grain = grain_for(std::min<std::int64_t>(image / tasks, kChunk));
  for_chunks(args.pool, p.outer * tasks, grain, [&](std::int64_t task, std::int64_t last) {
    for (; task < last; ++task) {
      const std::int64_t o = task / tasks;
      const ProductSum<kGated> op{dy + o * image, x + o * image};
      sum_column_task(fold, op, task % tasks, partials + o * length);
    }
  });
  for_chunks(args.pool, p.outer, grain_for(length), [&](std::int64_t o, std::int64_t end) {
    for (; o < end; ++o) finish_sums(fold, partials + o * length, sums + o * p.inner);
  });
}

void scale_grad_f32(const Problem& problem, const Args& args) {
  const Scale& p = std::get<Scale>(problem);
  if (p.outer * p.middle * p.inner == 0) {
    std::fill_n(args.out<float>(0), p.outer * p.inner, 0.0f);
    return;
  }
  p.gated ? sum_products<true>(p, args) : sum_products<false>(p, args);
}

}  // namespace noyau::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace noyau::kernels {

HWY_EXPORT(scale_f32);
HWY_EXPORT(scale_grad_f32);

void scale_simd(const Problem& problem, const Args& args) noexcept {
  HWY_DYNAMIC_DISPATCH(scale_f32)(problem, args);
}

void scale_grad_simd(const Problem& problem, const Args& args) noexcept {
  HWY_DYNAMIC_DISPATCH(scale_grad_f32)(problem, args);
}

std::size_t scale_scratch(const Problem& problem) {
  const Scale& p = std::get<Scale>(problem);
  return std::size_t(p.outer * (p.inner + kWrap)) * sizeof(float);
}

std::size_t scale_grad_scratch(const Problem& problem) {
  const Scale& p = std::get<Scale>(problem);
  if (p.outer * p.middle * p.inner == 0) return 0;
  const Fold fold(p.middle, p.inner);
  return std::size_t(p.outer * 3 * fold.chunks * fold.columns) * sizeof(float);
}

}  // namespace noyau::kernels
#endif  // HWY_ONCE
