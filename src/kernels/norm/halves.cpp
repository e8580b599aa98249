#include "kernels/simd.hpp"
// The macros above come before Highway.
#include <hwy/cache_control.h>

#include "kernels/chunks.hpp"
#include "kernels/fold.hpp"
#include "kernels/norm/norm.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/norm/halves.cpp"
#include "hwy/foreach_target.h"
#include "kernels/norm/norm-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace noyau::kernels::HWY_NAMESPACE {

void statistics(const Problem& problem, const Args& args) {
  const Norm& p = std::get<Norm>(problem);
  if (p.rows == 0 || p.channels == 0) return;
  const Fold fold(p.rows, p.channels, is_wide(p));
  float* partials = Parameters(fold, args.scratch).end;
  sum_statistics(p, fold, args.in<float>(0), partials, args.pool);
  const StatisticsOf of{args.in<float>(1),
                        const_cast<float*>(args.in<float>(2)),
                        const_cast<float*>(args.in<float>(3)),
                        output_or_null<float>(args, 0),
                        output_or_null<float>(args, 1),
                        output_or_null<float>(args, 2)};
  all_statistics(p, fold, partials, of, args.pool, [](std::int64_t, double, double) {});
}

// The statistics of `before` channels are known; those of x, which follow them, are not.
void statistics_join(const Problem& problem, const Args& args) {
  const Norm& p = std::get<Norm>(problem);
  const float *known_mean = args.in<float>(0), *known_inv_std = args.in<float>(1);
  const float* weight = args.in<float>(3);
  float* running_mean = const_cast<float*>(args.in<float>(4));
  float* running_var = const_cast<float*>(args.in<float>(5));
  float *mean = args.out<float>(0), *inv_std = args.out<float>(1), *scale = args.out<float>(2);
  const double rows = double(p.rows), unbiased = p.rows > 1 ? rows / (rows - 1) : 1;
  for (std::int64_t c = 0; c < p.before; ++c) {
    const double inverse = double(known_inv_std[c]);
    const double variance = std::max(0.0, 1 / (inverse * inverse) - p.eps);
    mean[c] = known_mean[c];
    inv_std[c] = known_inv_std[c];
    scale[c] = float(inverse * (weight ? double(weight[c]) : 1));
    running_mean[c] =
        float((1 - p.momentum) * double(running_mean[c]) + p.momentum * double(known_mean[c]));
    running_var[c] =
        float((1 - p.momentum) * double(running_var[c]) + p.momentum * variance * unbiased);
  }
  if (p.rows == 0 || p.channels == 0) return;
  const Fold fold(p.rows, p.channels, is_wide(p));
  float* partials = Parameters(fold, args.scratch).end;
  sum_statistics(p, fold, args.in<float>(2), partials, args.pool);
  const StatisticsOf of{weight ? weight + p.before : nullptr,
                        running_mean + p.before,
                        running_var + p.before,
                        mean + p.before,
                        inv_std + p.before,
                        scale + p.before};
  all_statistics(p, fold, partials, of, args.pool, [](std::int64_t, double, double) {});
}

void normalise_again(const Problem& problem, const Args& args) {
  const Norm& p = std::get<Norm>(problem);
  if (p.rows == 0 || p.channels == 0) return;
  const Fold fold(p.rows, p.channels, is_wide(p));
  const Parameters parameters(fold, args.scratch);
  const float *mean = args.in<float>(1), *scale = args.in<float>(2), *bias = args.in<float>(3);
  for (std::int64_t c = 0; c < p.channels; ++c) {
    spread(fold, parameters.mean, c, double(mean[c]));
    spread(fold, parameters.scale, c, double(scale[c]));
    spread(fold, parameters.bias, c, bias ? double(bias[c]) : 0);
  }
  normalise_activated(p, fold, args, input_or_null<float>(args, 4), parameters);
}

template <bool kResidual>
void gradient_of_x(const Norm& p, const Fold& fold, const Args& args,
                   const Parameters& parameters) {
  const F32 d;
  const float *g = args.in<float>(0), *x = args.in<float>(1);
  const float* residual = kResidual ? args.in<float>(7) + p.residual_begin : nullptr;
  const std::int64_t x_row = row_of(fold, p.x_width), to_add = row_of(fold, p.residual_width);
  float* dx = args.out<float>(0);
  // Where rows of x lie apart the processor does not foresee them: so many ahead are fetched.
  constexpr std::int64_t kAhead = 8192;  // floats
  const std::int64_t ahead = p.x_width == 0 ? 0 : divide_up(kAhead, fold.columns) * x_row;
  for_vectors(fold, args.pool,
              [&](std::int64_t i, std::int64_t c, std::int64_t n, std::int64_t row) {
                if (ahead != 0) hwy::Prefetch(x + row * x_row + ahead + c);
                const VecF centred =
                    hn::Sub(load_n(x + row * x_row + c, n), hn::LoadU(d, parameters.mean + c));
                const VecF v = hn::Mul(load_n(g + i, n), hn::LoadU(d, parameters.scale + c));
                const VecF through = hn::MulAdd(centred, hn::LoadU(d, parameters.slope + c),
                                                hn::LoadU(d, parameters.offset + c));
                VecF sum = hn::Add(v, through);
                if constexpr (kResidual) sum = hn::Add(sum, load_n(residual + row * to_add + c, n));
                store_n(sum, dx + i, n);
              });
}

void grad_input(const Problem& problem, const Args& args) {
  const Norm& p = std::get<Norm>(problem);
  if (p.rows == 0 || p.channels == 0) return;
  const Fold fold(p.rows, p.channels, is_wide(p));
  const Parameters parameters(fold, args.scratch);
  const float *weight = args.in<float>(2), *inv_std = args.in<float>(4);
  for (std::int64_t c = 0; c < p.channels; ++c) {
    const double inverse = double(inv_std[c]), scale = inverse * (weight ? double(weight[c]) : 1);
    spread(fold, parameters.mean, c, double(args.in<float>(3)[c]));
    spread(fold, parameters.scale, c, scale);
    spread_sums(p, fold, parameters, c, scale, inverse, double(args.in<float>(6)[c]),
                double(args.in<float>(5)[c]));
  }
  const auto gradient = p.residual ? gradient_of_x<true> : gradient_of_x<false>;
  gradient(p, fold, args, parameters);
}

}  // namespace noyau::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace noyau::kernels {

HWY_EXPORT(statistics);
HWY_EXPORT(statistics_join);
HWY_EXPORT(normalise_again);
HWY_EXPORT(grad_input);

void batch_norm_statistics_simd(const Problem& problem, const Args& args) noexcept {
  HWY_DYNAMIC_DISPATCH(statistics)(problem, args);
}

void batch_norm_statistics_join_simd(const Problem& problem, const Args& args) noexcept {
  HWY_DYNAMIC_DISPATCH(statistics_join)(problem, args);
}

void batch_norm_grad_input_simd(const Problem& problem, const Args& args) noexcept {
  HWY_DYNAMIC_DISPATCH(grad_input)(problem, args);
}

void batch_norm_apply_simd(const Problem& problem, const Args& args) noexcept {
  HWY_DYNAMIC_DISPATCH(normalise_again)(problem, args);
}

std::string refuse_norm(const Problem& problem) {
  const Norm& p = std::get<Norm>(problem);
  if (is_wide(p) && p.channels % 16 != 0)
    return "takes part of a wider tensor only where channels are whole vectors";
  return refuse_unless_f32(problem);
}

std::size_t batch_norm_apply_scratch(const Problem& problem) {
  const Norm& p = std::get<Norm>(problem);
  if (p.rows == 0 || p.channels == 0) return 0;
  return std::size_t(kNormParameters * Fold(p.rows, p.channels, is_wide(p)).columns) *
         sizeof(float);
}

}  // namespace noyau::kernels
#endif  // HWY_ONCE
