#include "kernels/simd.hpp"
// The macros above come before Highway.
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
  const Fold fold(p.rows, p.channels);
  float* partials = Parameters(fold, args.scratch).end;
  sum_all_columns(fold, Statistics{args.in<float>(0)}, partials, args.pool);
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
  const Fold fold(p.rows, p.channels);
  float* partials = Parameters(fold, args.scratch).end;
  sum_all_columns(fold, Statistics{args.in<float>(2)}, partials, args.pool);
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
  const Fold fold(p.rows, p.channels);
  const Parameters parameters(fold, args.scratch);
  const float *mean = args.in<float>(1), *scale = args.in<float>(2), *bias = args.in<float>(3);
  for (std::int64_t c = 0; c < p.channels; ++c) {
    spread(fold, parameters.mean, c, double(mean[c]));
    spread(fold, parameters.scale, c, double(scale[c]));
    spread(fold, parameters.bias, c, bias ? double(bias[c]) : 0);
  }
  normalise_activated(p, fold, args, input_or_null<float>(args, 4), parameters);
}

/// What is added to the gradient: rows of `width` numbers in which those of x begin at `data`.
struct Residual {
  const float* data;
  std::int64_t width, channels, factor;

  VecF load(std::int64_t row, std::int64_t column, std::int64_t n) const {
    const std::int64_t within = factor == 1 ? 0 : column / channels;
    return load_n(data + (row * factor + within) * width + column - within * channels, n);
  }
};

template <class Add>
void gradient_of_x(const Fold& fold, const Args& args, const Parameters& parameters,
                   const Add& add) {
  const F32 d;
  const float *g = args.in<float>(0), *x = args.in<float>(1);
  float* dx = args.out<float>(0);
  for_vectors(fold, args.pool,
              [&](std::int64_t i, std::int64_t c, std::int64_t n, std::int64_t row) {
                const VecF centred = hn::Sub(load_n(x + i, n), hn::LoadU(d, parameters.mean + c));
                const VecF v = hn::Mul(load_n(g + i, n), hn::LoadU(d, parameters.scale + c));
                const VecF through = hn::MulAdd(centred, hn::LoadU(d, parameters.slope + c),
                                                hn::LoadU(d, parameters.offset + c));
                store_n(add(hn::Add(v, through), i, c, n, row), dx + i, n);
              });
}

void grad_input(const Problem& problem, const Args& args) {
  const Norm& p = std::get<Norm>(problem);
  if (p.rows == 0 || p.channels == 0) return;
  const Fold fold(p.rows, p.channels);
  const Parameters parameters(fold, args.scratch);
  const float *weight = args.in<float>(2), *inv_std = args.in<float>(4);
  for (std::int64_t c = 0; c < p.channels; ++c) {
    const double inverse = double(inv_std[c]), scale = inverse * (weight ? double(weight[c]) : 1);
    spread(fold, parameters.mean, c, double(args.in<float>(3)[c]));
    spread(fold, parameters.scale, c, scale);
    spread_sums(p, fold, parameters, c, scale, inverse, double(args.in<float>(6)[c]),
                double(args.in<float>(5)[c]));
  }
  using Index = std::int64_t;
  const float* residual = p.residual ? args.in<float>(7) : nullptr;
  if (residual == nullptr) {
    gradient_of_x(fold, args, parameters, [](VecF v, Index, Index, Index, Index) { return v; });
  } else if (p.residual_width == 0) {
    gradient_of_x(fold, args, parameters, [&](VecF v, Index i, Index, Index n, Index) {
      return hn::Add(v, load_n(residual + i, n));
    });
  } else {
    const Residual wide{residual + p.residual_begin, p.residual_width, p.channels, fold.factor};
    gradient_of_x(fold, args, parameters, [&](VecF v, Index, Index c, Index n, Index row) {
      return hn::Add(v, wide.load(row, c, n));
    });
  }
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

std::string refuse_norm_grad_input(const Problem& problem) {
  const Norm& p = std::get<Norm>(problem);
  if (p.residual_width != 0 && p.channels % 16 != 0)
    return "adds part of a wider residual only where channels are whole vectors";
  return refuse_unless_f32(problem);
}

std::size_t batch_norm_apply_scratch(const Problem& problem) {
  const Norm& p = std::get<Norm>(problem);
  if (p.rows == 0 || p.channels == 0) return 0;
  return std::size_t(kNormParameters * Fold(p.rows, p.channels).columns) * sizeof(float);
}

}  // namespace noyau::kernels
#endif  // HWY_ONCE
