#include "kernels/simd.hpp"
// The macros above come before Highway.
#include "kernels/chunks.hpp"
#include "kernels/fold.hpp"
#include "kernels/reduce/reduce.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/reduce/simd.cpp"
#include "hwy/foreach_target.h"
#include "kernels/fold-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace noyau::kernels::HWY_NAMESPACE {

struct PlainSum {
  static constexpr int kSums = 1;
  const float* x;
  VecF prepare(std::int64_t, std::int64_t, std::int64_t) const { return hn::Zero(F32()); }
  HWY_INLINE void step(std::int64_t offset, std::int64_t, std::int64_t n, VecF, VecF& sum,
                       VecF&) const {
    sum = hn::Add(sum, load_n(x + offset, n));
  }
};

void sum_rows_f32(const Problem& problem, const Args& args) {
  const Reduce& p = std::get<Reduce>(problem);
  float* y = args.out<float>(0);
  if (p.inner == 0) return;
  if (p.outer == 0) {
    std::fill_n(y, p.inner, 0.0f);
    return;
  }
  const Fold fold(p.outer, p.inner);
  float* partials = reinterpret_cast<float*>(args.scratch);
  sum_all_columns(fold, PlainSum{args.in<float>(0)}, partials, args.pool);
  for_chunks(args.pool, p.inner, 64, [&](std::int64_t c, std::int64_t end) {
    for (; c < end; ++c) {
      double sum = 0;
      for (std::int64_t chunk = 0; chunk < fold.chunks; ++chunk) {
        const float* partial = partials + (chunk * 3 + 1) * fold.columns;
        for (std::int64_t j = c; j < fold.columns; j += fold.channels) sum += double(partial[j]);
      }
      y[c] = float(sum);
    }
  });
}

void global_avg_pool_f32(const Problem& problem, const Args& args) {
  const Reduce& p = std::get<Reduce>(problem);
  const float* x = args.in<float>(0);
  const auto op_of = [=](std::int64_t at) { return PlainSum{x + at}; };
  sum_middles(p.outer, p.middle, p.inner, double(p.middle), op_of, args.out<float>(0), args);
}

// Row after row, so that dx is written in one stream.
void global_avg_pool_grad_f32(const Problem& problem, const Args& args) {
  const Reduce& p = std::get<Reduce>(problem);
  const float* dy = args.in<float>(0);
  float* dx = args.out<float>(0);
  const VecF share = hn::Set(F32(), 1.0f / float(p.middle));
  for_chunks(args.pool, p.outer * p.middle, grain_for(p.inner),
             [&](std::int64_t row, std::int64_t end) {
               for (; row < end; ++row) {
                 const float* from = dy + row / p.middle * p.inner;
                 for (std::int64_t c = 0; c < p.inner; c += kLanes) {
                   const VecF v = hn::Mul(load_n(from + c, p.inner - c), share);
                   store_n(v, dx + row * p.inner + c, p.inner - c);
                 }
               }
             });
}

}  // namespace noyau::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace noyau::kernels {

HWY_EXPORT(sum_rows_f32);
HWY_EXPORT(global_avg_pool_f32);
HWY_EXPORT(global_avg_pool_grad_f32);

void sum_rows_simd(const Problem& problem, const Args& args) noexcept {
  HWY_DYNAMIC_DISPATCH(sum_rows_f32)(problem, args);
}

void global_avg_pool_simd(const Problem& problem, const Args& args) noexcept {
  HWY_DYNAMIC_DISPATCH(global_avg_pool_f32)(problem, args);
}

void global_avg_pool_grad_simd(const Problem& problem, const Args& args) noexcept {
  HWY_DYNAMIC_DISPATCH(global_avg_pool_grad_f32)(problem, args);
}

std::size_t global_avg_pool_scratch(const Problem& problem) {
  const Reduce& p = std::get<Reduce>(problem);
  return middle_sums_scratch(p.outer, p.middle, p.inner);
}

std::size_t sum_rows_scratch(const Problem& problem) {
  const Reduce& p = std::get<Reduce>(problem);
  if (p.outer * p.inner == 0) return 0;
  const Fold fold(p.outer, p.inner);
  return std::size_t(3 * fold.chunks * fold.columns) * sizeof(float);
}

}  // namespace noyau::kernels
#endif  // HWY_ONCE
