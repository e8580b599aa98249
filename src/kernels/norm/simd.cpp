#include "kernels/simd.hpp"
// The macros above come before Highway.
#include "kernels/chunks.hpp"
#include "kernels/fold.hpp"
#include "kernels/norm/norm.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/norm/simd.cpp"
#include "hwy/foreach_target.h"
#include "kernels/norm/norm-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace noyau::kernels::HWY_NAMESPACE {

// Where the gradient learns which outputs the activation let pass: from y, or from x, which saves
// reading y and agrees with it but for outputs that are zero up to the last digit of inv_std.
enum class Mask : std::uint8_t { none, output, input };

template <Mask kMask, Activation kActivation>
HWY_INLINE VecF masked(const Parameters& p, VecF g, const float* x, const float* y,
                       std::int64_t column, std::int64_t n) {
  if (kMask == Mask::none) return g;
  const F32 d;
  const VecF out = kMask == Mask::output ? load_n(y, n) : normalised(p, load_n(x, n), column);
  g = hn::IfThenElseZero(hn::Gt(out, hn::Zero(d)), g);
  if (kActivation == Activation::relu6) g = hn::IfThenZeroElse(hn::Ge(out, hn::Set(d, 6)), g);
  return g;
}

// Sums of dy and dy * (x - mean). Also writes the masked dy when somebody wants it, so that the
// second pass reads one tensor less.
template <Mask kMask, Activation kActivation>
struct Cotangents {
  static constexpr int kSums = 2;
  const float *dy, *x, *y;
  const Parameters& parameters;
  float* dresidual;
  VecF prepare(std::int64_t, std::int64_t column, std::int64_t) const {
    return hn::LoadU(F32(), parameters.mean + column);
  }
  HWY_INLINE void step(std::int64_t offset, std::int64_t column, std::int64_t n, VecF m, VecF& sum,
                       VecF& dot) const {
    const VecF g = masked<kMask, kActivation>(parameters, load_n(dy + offset, n), x + offset,
                                              y + offset, column, n);
    if (dresidual) store_n(g, dresidual + offset, n);
    sum = hn::Add(sum, g);
    dot = hn::MulAdd(g, hn::Sub(load_n(x + offset, n), m), dot);
  }
};

void forward(const Problem& problem, const Args& args) {
  const Norm& p = std::get<Norm>(problem);
  if (p.rows == 0 || p.channels == 0) return;
  const Fold fold(p.rows, p.channels, is_wide(p));
  const Parameters parameters(fold, args.scratch);
  float* partials = parameters.end;
  if (p.training) sum_statistics(p, fold, args.in<float>(0), partials, args.pool);
  const float* bias = args.in<float>(2);
  const StatisticsOf of{args.in<float>(1),
                        const_cast<float*>(args.in<float>(3)),
                        const_cast<float*>(args.in<float>(4)),
                        output_or_null<float>(args, 1),
                        output_or_null<float>(args, 2),
                        output_or_null<float>(args, 3)};
  all_statistics(p, fold, partials, of, args.pool, [&](std::int64_t c, double mean, double scale) {
    spread(fold, parameters.mean, c, mean);
    spread(fold, parameters.scale, c, scale);
    spread(fold, parameters.bias, c, bias ? double(bias[c]) : 0);
  });
  normalise_activated(p, fold, args, input_or_null<float>(args, 5), parameters);
}

template <Mask kMask, Activation kActivation>
void apply_gradient(const Fold& fold, const Norm& p, const Args& args,
                    const Parameters& parameters) {
  const F32 d;
  const float *dy = args.in<float>(0), *x = args.in<float>(1), *y = input_or_null<float>(args, 5);
  float* dx = args.out<float>(0);
  const bool training = p.training;
  for_vectors(fold, args.pool, [&](std::int64_t i, std::int64_t c, std::int64_t n, std::int64_t) {
    VecF v = masked<kMask, kActivation>(parameters, load_n(dy + i, n), x + i, y + i, c, n);
    v = hn::Mul(v, hn::LoadU(d, parameters.scale + c));
    if (training) {
      const VecF centred = hn::Sub(load_n(x + i, n), hn::LoadU(d, parameters.mean + c));
      v = hn::Add(v, hn::MulAdd(centred, hn::LoadU(d, parameters.slope + c),
                                hn::LoadU(d, parameters.offset + c)));
    }
    store_n(v, dx + i, n);
  });
}

double inverse_std(const Norm& p, const float* inv_std, std::int64_t c) {
  return p.training ? double(inv_std[c]) : 1 / std::sqrt(double(inv_std[c]) + p.eps);
}

// What the gradient knows of channel c before it sums.
void gradient_columns(const Norm& p, const Fold& fold, const Args& args,
                      const Parameters& parameters, std::int64_t c) {
  const float *weight = args.in<float>(2), *bias = input_or_null<float>(args, 6);
  const double inverse = inverse_std(p, args.in<float>(4), c);
  spread(fold, parameters.mean, c, double(args.in<float>(3)[c]));
  spread(fold, parameters.scale, c, inverse * (weight ? double(weight[c]) : 1));
  spread(fold, parameters.bias, c, bias ? double(bias[c]) : 0);
}

// dweight, dbias and the numbers of `apply_gradient` for channel c.
void gradient_parameters(const Norm& p, const Fold& fold, const Args& args, const float* partials,
                         const Parameters& parameters, std::int64_t c) {
  const float* weight = args.in<float>(2);
  float *dweight = output_or_null<float>(args, 1), *dbias = output_or_null<float>(args, 2);
  double sum = 0, dot = 0;
  for (std::int64_t chunk = 0; chunk < fold.chunks; ++chunk) {
    const float* partial = partials + chunk * 3 * fold.columns + fold.columns;
    for (std::int64_t column = c; column < fold.columns; column += fold.channels) {
      sum += double(partial[column]);
      dot += double(partial[fold.columns + column]);
    }
  }
  const double inverse = inverse_std(p, args.in<float>(4), c);
  if (dweight) dweight[c] = float(dot * inverse);
  if (dbias) dbias[c] = float(sum);
  const double scale = inverse * (weight ? double(weight[c]) : 1);
  spread_sums(p, fold, parameters, c, scale, inverse, sum, dot * inverse);
}

template <Mask kMask, Activation kActivation>
void differentiate(const Norm& p, const Fold& fold, const Args& args) {
  const Parameters parameters(fold, args.scratch);
  float *partials = parameters.end, *dresidual = output_or_null<float>(args, 3);
  for (std::int64_t c = 0; c < p.channels; ++c) gradient_columns(p, fold, args, parameters, c);
  if (p.training || dresidual || output_or_null<float>(args, 1) || output_or_null<float>(args, 2)) {
    const Cotangents<kMask, kActivation> op{args.in<float>(0), args.in<float>(1),
                                            input_or_null<float>(args, 5), parameters, dresidual};
    sum_all_columns(fold, op, partials, args.pool);
    for_chunks(args.pool, p.channels, kChannels, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t c = begin; c < end; ++c)
        gradient_parameters(p, fold, args, partials, parameters, c);
    });
  }
  if (args.out<float>(0) == nullptr) return;
  if (dresidual == nullptr) return apply_gradient<kMask, kActivation>(fold, p, args, parameters);
  // The masked dy lies there already.
  const void* inputs[] = {dresidual, args.inputs[1]};
  apply_gradient<Mask::none, Activation::none>(
      fold, p, {.inputs = inputs, .outputs = args.outputs, .pool = args.pool}, parameters);
}

void backward(const Problem& problem, const Args& args) {
  const Norm& p = std::get<Norm>(problem);
  if (p.rows == 0 || p.channels == 0) return;
  const Fold fold(p.rows, p.channels);
  const bool y = input_or_null<float>(args, 5) != nullptr;
  switch (p.activation) {
    case Activation::none:
      return differentiate<Mask::none, Activation::none>(p, fold, args);
    case Activation::relu:
      return y ? differentiate<Mask::output, Activation::relu>(p, fold, args)
               : differentiate<Mask::input, Activation::relu>(p, fold, args);
    case Activation::relu6:
      return y ? differentiate<Mask::output, Activation::relu6>(p, fold, args)
               : differentiate<Mask::input, Activation::relu6>(p, fold, args);
  }
}

}  // namespace noyau::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace noyau::kernels {

HWY_EXPORT(forward);
HWY_EXPORT(backward);

void batch_norm_simd(const Problem& problem, const Args& args) noexcept {
  HWY_DYNAMIC_DISPATCH(forward)(problem, args);
}

void batch_norm_grad_simd(const Problem& problem, const Args& args) noexcept {
  HWY_DYNAMIC_DISPATCH(backward)(problem, args);
}

std::size_t batch_norm_scratch(const Problem& problem) {
  const Norm& p = std::get<Norm>(problem);
  if (p.rows == 0 || p.channels == 0) return 0;
  const Fold fold(p.rows, p.channels, is_wide(p));
  return std::size_t((kNormParameters + 3 * fold.chunks) * fold.columns) * sizeof(float);
}

}  // namespace noyau::kernels
#endif  // HWY_ONCE
