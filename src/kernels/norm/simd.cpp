#include "kernels/simd.hpp"
// The macros above come before Highway.
#include <algorithm>
#include <cmath>

#include "kernels/chunks.hpp"
#include "kernels/fold.hpp"
#include "kernels/norm/norm.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/norm/simd.cpp"
#include "hwy/foreach_target.h"
#include "kernels/fold-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace noyau::kernels::HWY_NAMESPACE {

constexpr std::int64_t kChannels = 16;  // channels merged together

// Numbers per column, one array after the other: y = (x - mean) * scale + bias forward; in the
// gradient dx = g * scale + (x - mean) * slope + offset.
struct Parameters {
  float *mean, *scale, *bias, *slope, *offset, *end;
  Parameters(const Fold& fold, std::byte* scratch)
      : mean(reinterpret_cast<float*>(scratch)),
        scale(mean + fold.columns),
        bias(scale + fold.columns),
        slope(bias + fold.columns),
        offset(slope + fold.columns),
        end(offset + fold.columns) {}
};

HWY_INLINE VecF normalised(const Parameters& p, VecF x, std::int64_t column) {
  const F32 d;
  const VecF centred = hn::Sub(x, hn::LoadU(d, p.mean + column));
  return hn::MulAdd(centred, hn::LoadU(d, p.scale + column), hn::LoadU(d, p.bias + column));
}

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

// Calls body(offset, column, n) for every vector of the folded matrix.
template <class Body>
void for_vectors(const Fold& fold, ThreadPool& pool, const Body& body) {
  const std::int64_t grain = grain_for(fold.columns);
  for_chunks(pool, fold.all_rows(), grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < std::min(end, fold.full_rows); ++row) {
      const std::int64_t offset = row * fold.columns;
      for (std::int64_t c = 0; c < fold.columns; c += kLanes) body(offset + c, c, kLanes);
    }
    if (end <= fold.full_rows) return;
    const std::int64_t offset = fold.full_rows * fold.columns;
    for (std::int64_t c = 0; c < fold.rest; c += kLanes) body(offset + c, c, fold.rest - c);
  });
}

template <bool kResidual, Activation kActivation>
void normalise(const Fold& fold, const Args& args, const float* residual,
               const Parameters& parameters) {
  const float* x = args.in<float>(0);
  float* y = args.out<float>(0);
  for_vectors(fold, args.pool, [&](std::int64_t i, std::int64_t c, std::int64_t n) {
    VecF v = normalised(parameters, load_n(x + i, n), c);
    if (kResidual) v = hn::Add(v, load_n(residual + i, n));
    if (kActivation != Activation::none) v = relu(v);
    if (kActivation == Activation::relu6) {
      const VecF six = hn::Set(F32(), 6);
      v = hn::IfThenElse(hn::Gt(v, six), six, v);  // a NaN stays one
    }
    store_n(v, y + i, n);
  });
}

// Merges the chunks of up to 16 channels (Chan, Golub and LeVeque 1983, all groups at once), in
// the order of the chunks.
void merge_moments(const Fold& fold, const float* partials, std::int64_t from, std::int64_t n,
                   double rows, double* mean, double* variance) {
  std::fill_n(mean, n, 0.0);
  std::fill_n(variance, n, 0.0);
  const auto for_groups = [&](auto&& body) {
    for (std::int64_t chunk = 0; chunk < fold.chunks; ++chunk) {
      for (std::int64_t j = 0; j < fold.factor; ++j) {
        const double count = double(fold.count(chunk, j));
        if (count == 0) continue;
        const float* shift = partials + chunk * 3 * fold.columns + j * fold.channels + from;
        body(count, shift, shift + fold.columns, shift + 2 * fold.columns);
      }
    }
  };
  for_groups([&](double count, const float* shift, const float* sum, const float*) {
    for (std::int64_t c = 0; c < n; ++c) mean[c] += double(shift[c]) * count + double(sum[c]);
  });
  for (std::int64_t c = 0; c < n; ++c) mean[c] /= rows;
  for_groups([&](double count, const float* shift, const float* sum, const float* squares) {
    const double inverse = 1 / count;
    for (std::int64_t c = 0; c < n; ++c) {
      const double from_shift = double(sum[c]) * inverse;
      const double apart = double(shift[c]) + from_shift - mean[c];
      variance[c] += double(squares[c]) - from_shift * double(sum[c]) + count * apart * apart;
    }
  });
  for (std::int64_t c = 0; c < n; ++c) variance[c] = std::max(0.0, variance[c] / rows);
}

// Writes one channel's number to all of its columns.
void spread(const Fold& fold, float* columns, std::int64_t c, double value) {
  for (std::int64_t j = 0; j < fold.factor; ++j) columns[j * fold.channels + c] = float(value);
}

// The tensors of the statistics; what is null is not wanted.
struct StatisticsOf {
  const float* weight;
  float *running_mean, *running_var;
  float *mean, *inv_std, *scale;
};

// Mean and scale of channels [from, from + n), for `put(channel, mean, scale)`.
template <class Put>
void channel_statistics(const Norm& p, const Fold& fold, const float* partials,
                        const StatisticsOf& of, std::int64_t from, std::int64_t n, const Put& put) {
  const double rows = double(p.rows);
  double mean[kChannels], variance[kChannels];
  if (p.training) merge_moments(fold, partials, from, n, rows, mean, variance);
  for (std::int64_t i = 0; i < n; ++i) {
    const std::int64_t c = from + i;
    float &running_mean = of.running_mean[c], &running_var = of.running_var[c];
    if (p.training) {
      const double unbiased = p.rows > 1 ? variance[i] * rows / (rows - 1) : variance[i];
      running_mean = float((1 - p.momentum) * double(running_mean) + p.momentum * mean[i]);
      running_var = float((1 - p.momentum) * double(running_var) + p.momentum * unbiased);
    } else {
      mean[i] = double(running_mean);
      variance[i] = double(running_var);
    }
    const double inverse = 1 / std::sqrt(variance[i] + p.eps);
    if (p.training && of.mean) of.mean[c] = float(mean[i]);
    if (p.training && of.inv_std) of.inv_std[c] = float(inverse);
    const double scale = inverse * (of.weight ? double(of.weight[c]) : 1);
    if (p.training && of.scale) of.scale[c] = float(scale);
    put(c, mean[i], scale);
  }
}

// The same of all channels.
template <class Put>
void all_statistics(const Norm& p, const Fold& fold, const float* partials, const StatisticsOf& of,
                    ThreadPool& pool, const Put& put) {
  for_chunks(pool, p.channels, kChannels, [&](std::int64_t begin, std::int64_t end) {
    for (; begin < end; begin += kChannels)
      channel_statistics(p, fold, partials, of, begin, std::min(kChannels, end - begin), put);
  });
}

void normalise_activated(const Norm& p, const Fold& fold, const Args& args, const float* residual,
                         const Parameters& parameters) {
  switch (p.activation) {
    case Activation::none:
      return residual ? normalise<true, Activation::none>(fold, args, residual, parameters)
                      : normalise<false, Activation::none>(fold, args, residual, parameters);
    case Activation::relu:
      return residual ? normalise<true, Activation::relu>(fold, args, residual, parameters)
                      : normalise<false, Activation::relu>(fold, args, residual, parameters);
    case Activation::relu6:
      return residual ? normalise<true, Activation::relu6>(fold, args, residual, parameters)
                      : normalise<false, Activation::relu6>(fold, args, residual, parameters);
  }
}

void forward(const Problem& problem, const Args& args) {
  const Norm& p = std::get<Norm>(problem);
  if (p.rows == 0 || p.channels == 0) return;
  const Fold fold(p.rows, p.channels);
  const Parameters parameters(fold, args.scratch);
  float* partials = parameters.end;
  if (p.training) sum_all_columns(fold, Statistics{args.in<float>(0)}, partials, args.pool);
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

template <Mask kMask, Activation kActivation>
void apply_gradient(const Fold& fold, const Norm& p, const Args& args,
                    const Parameters& parameters) {
  const F32 d;
  const float *dy = args.in<float>(0), *x = args.in<float>(1), *y = input_or_null<float>(args, 5);
  float* dx = args.out<float>(0);
  const bool training = p.training;
  for_vectors(fold, args.pool, [&](std::int64_t i, std::int64_t c, std::int64_t n) {
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

// The numbers of `apply_gradient` for channel c.
void spread_sums(const Norm& p, const Fold& fold, const Parameters& parameters, std::int64_t c,
                 double scale, double inverse, double sum, double dweight) {
  spread(fold, parameters.slope, c, -scale * inverse * dweight / double(p.rows));
  spread(fold, parameters.offset, c, -scale * sum / double(p.rows));
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
  const void* inputs[] = {args.inputs[0], args.inputs[1]};
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
HWY_EXPORT(statistics);
HWY_EXPORT(normalise_again);
HWY_EXPORT(grad_input);

void batch_norm_simd(const Problem& problem, const Args& args) noexcept {
  HWY_DYNAMIC_DISPATCH(forward)(problem, args);
}

void batch_norm_grad_simd(const Problem& problem, const Args& args) noexcept {
  HWY_DYNAMIC_DISPATCH(backward)(problem, args);
}

void batch_norm_statistics_simd(const Problem& problem, const Args& args) noexcept {
  HWY_DYNAMIC_DISPATCH(statistics)(problem, args);
}

void batch_norm_grad_input_simd(const Problem& problem, const Args& args) noexcept {
  HWY_DYNAMIC_DISPATCH(grad_input)(problem, args);
}

void batch_norm_apply_simd(const Problem& problem, const Args& args) noexcept {
  HWY_DYNAMIC_DISPATCH(normalise_again)(problem, args);
}

std::size_t batch_norm_apply_scratch(const Problem& problem) {
  const Norm& p = std::get<Norm>(problem);
  if (p.rows == 0 || p.channels == 0) return 0;
  return std::size_t(kNormParameters * Fold(p.rows, p.channels).columns) * sizeof(float);
}

std::size_t batch_norm_scratch(const Problem& problem) {
  const Norm& p = std::get<Norm>(problem);
  if (p.rows == 0 || p.channels == 0) return 0;
  const Fold fold(p.rows, p.channels);
  return std::size_t((kNormParameters + 3 * fold.chunks) * fold.columns) * sizeof(float);
}

}  // namespace noyau::kernels
#endif  // HWY_ONCE
