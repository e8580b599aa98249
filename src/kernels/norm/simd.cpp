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

// Sums of dy and dy * (x - mean). Also writes the masked dy when somebody wants it, so that the
// second pass reads one tensor less.
template <bool kMasked>
struct Cotangents {
  const float *dy, *x, *y, *mean;
  float* dresidual;
  VecF prepare(std::int64_t, std::int64_t column, std::int64_t) const {
    return hn::LoadU(F32(), mean + column);
  }
  HWY_INLINE void step(std::int64_t offset, std::int64_t n, VecF m, VecF& sum, VecF& dot) const {
    VecF g = load_n(dy + offset, n);
    if (kMasked) {
      g = hn::IfThenElseZero(hn::Gt(load_n(y + offset, n), hn::Zero(F32())), g);
    }
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

template <bool kResidual, bool kRelu>
void normalise(const Fold& fold, const Args& args, const float* parameters) {
  const F32 d;
  const float *x = args.in<float>(0), *residual = input_or_null<float>(args, 5);
  const float *mean = parameters, *scale = mean + fold.columns, *bias = scale + fold.columns;
  float* y = args.out<float>(0);
  for_vectors(fold, args.pool, [&](std::int64_t i, std::int64_t c, std::int64_t n) {
    const VecF centred = hn::Sub(load_n(x + i, n), hn::LoadU(d, mean + c));
    VecF v = hn::MulAdd(centred, hn::LoadU(d, scale + c), hn::LoadU(d, bias + c));
    if (kResidual) v = hn::Add(v, load_n(residual + i, n));
    if (kRelu) v = relu(v);
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

// Mean, scale and bias per column, for channels [from, from + n).
void forward_parameters(const Norm& p, const Fold& fold, const Args& args, const float* partials,
                        float* parameters, std::int64_t from, std::int64_t n) {
  const float *weight = args.in<float>(1), *bias = args.in<float>(2);
  float* running_mean = const_cast<float*>(args.in<float>(3));
  float* running_var = const_cast<float*>(args.in<float>(4));
  float *save_mean = output_or_null<float>(args, 1), *save_inv = output_or_null<float>(args, 2);
  const double rows = double(p.rows);
  double mean[kChannels], variance[kChannels];
  if (p.training) merge_moments(fold, partials, from, n, rows, mean, variance);
  for (std::int64_t i = 0; i < n; ++i) {
    const std::int64_t c = from + i;
    if (p.training) {
      const double unbiased = p.rows > 1 ? variance[i] * rows / (rows - 1) : variance[i];
      running_mean[c] = float((1 - p.momentum) * double(running_mean[c]) + p.momentum * mean[i]);
      running_var[c] = float((1 - p.momentum) * double(running_var[c]) + p.momentum * unbiased);
    } else {
      mean[i] = double(running_mean[c]);
      variance[i] = double(running_var[c]);
    }
    const double inverse = 1 / std::sqrt(variance[i] + p.eps);
    if (p.training && save_mean) save_mean[c] = float(mean[i]);
    if (p.training && save_inv) save_inv[c] = float(inverse);
    spread(fold, parameters, c, mean[i]);
    spread(fold, parameters + fold.columns, c, inverse * (weight ? double(weight[c]) : 1));
    spread(fold, parameters + 2 * fold.columns, c, bias ? double(bias[c]) : 0);
  }
}

void forward(const Problem& problem, const Args& args) {
  const Norm& p = std::get<Norm>(problem);
  if (p.rows == 0 || p.channels == 0) return;
  const Fold fold(p.rows, p.channels);
  float* parameters = reinterpret_cast<float*>(args.scratch);
  float* partials = parameters + 4 * fold.columns;
  if (p.training) sum_all_columns(fold, Statistics{args.in<float>(0)}, partials, args.pool);
  for_chunks(args.pool, p.channels, kChannels, [&](std::int64_t begin, std::int64_t end) {
    for (; begin < end; begin += kChannels) {
      forward_parameters(p, fold, args, partials, parameters, begin,
                         std::min(kChannels, end - begin));
    }
  });
  const bool relu_after = p.activation == Activation::relu;
  if (input_or_null<float>(args, 5)) {
    relu_after ? normalise<true, true>(fold, args, parameters)
               : normalise<true, false>(fold, args, parameters);
  } else {
    relu_after ? normalise<false, true>(fold, args, parameters)
               : normalise<false, false>(fold, args, parameters);
  }
}

// dx = g * scale + (x - mean) * slope + offset; the arrays lie one after the other.
template <bool kMasked, bool kTraining>
void apply_gradient(const Fold& fold, ThreadPool& pool, const float* g, const float* x,
                    const float* y, const float* parameters, float* dx) {
  const F32 d;
  const float *mean = parameters, *scale = mean + fold.columns;
  const float *slope = scale + fold.columns, *offset = slope + fold.columns;
  for_vectors(fold, pool, [&](std::int64_t i, std::int64_t c, std::int64_t n) {
    VecF v = load_n(g + i, n);
    if (kMasked) v = hn::IfThenElseZero(hn::Gt(load_n(y + i, n), hn::Zero(d)), v);
    v = hn::Mul(v, hn::LoadU(d, scale + c));
    if (kTraining) {
      const VecF centred = hn::Sub(load_n(x + i, n), hn::LoadU(d, mean + c));
      v = hn::Add(v, hn::MulAdd(centred, hn::LoadU(d, slope + c), hn::LoadU(d, offset + c)));
    }
    store_n(v, dx + i, n);
  });
}

double inverse_std(const Norm& p, const float* inv_std, std::int64_t c) {
  return p.training ? double(inv_std[c]) : 1 / std::sqrt(double(inv_std[c]) + p.eps);
}

// dweight, dbias and the numbers of `apply_gradient` for channel c.
void gradient_parameters(const Norm& p, const Fold& fold, const Args& args, const float* partials,
                         float* parameters, std::int64_t c, bool summed) {
  const float* weight = args.in<float>(2);
  float *dweight = output_or_null<float>(args, 1), *dbias = output_or_null<float>(args, 2);
  double sum = 0, dot = 0;
  for (std::int64_t chunk = 0; summed && chunk < fold.chunks; ++chunk) {
    const float* partial = partials + chunk * 3 * fold.columns + fold.columns;
    for (std::int64_t column = c; column < fold.columns; column += fold.channels) {
      sum += double(partial[column]);
      dot += double(partial[fold.columns + column]);
    }
  }
  const double inverse = inverse_std(p, args.in<float>(4), c);
  if (dweight) dweight[c] = float(dot * inverse);
  if (dbias) dbias[c] = float(sum);
  const double scale = inverse * (weight ? double(weight[c]) : 1), rows = double(p.rows);
  spread(fold, parameters + fold.columns, c, scale);
  spread(fold, parameters + 2 * fold.columns, c, -scale * inverse * inverse * dot / rows);
  spread(fold, parameters + 3 * fold.columns, c, -scale * sum / rows);
}

void backward(const Problem& problem, const Args& args) {
  const Norm& p = std::get<Norm>(problem);
  if (p.rows == 0 || p.channels == 0) return;
  const Fold fold(p.rows, p.channels);
  const float *dy = args.in<float>(0), *x = args.in<float>(1), *mean = args.in<float>(3);
  const float* y = p.activation == Activation::relu ? input_or_null<float>(args, 5) : nullptr;
  float *dx = args.out<float>(0), *dresidual = output_or_null<float>(args, 3);
  float* parameters = reinterpret_cast<float*>(args.scratch);
  float* partials = parameters + 4 * fold.columns;
  for (std::int64_t c = 0; c < p.channels; ++c) spread(fold, parameters, c, double(mean[c]));
  const bool summed =
      p.training || dresidual || output_or_null<float>(args, 1) || output_or_null<float>(args, 2);
  if (summed && y) {
    const Cotangents<true> op{dy, x, y, parameters, dresidual};
    sum_all_columns(fold, op, partials, args.pool);
  } else if (summed) {
    const Cotangents<false> op{dy, x, y, parameters, dresidual};
    sum_all_columns(fold, op, partials, args.pool);
  }
  for_chunks(args.pool, p.channels, kChannels, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t c = begin; c < end; ++c) {
      gradient_parameters(p, fold, args, partials, parameters, c, summed);
    }
  });
  if (!dx) return;
  const float* g = dresidual ? dresidual : dy;
  if (y && !dresidual) {
    p.training ? apply_gradient<true, true>(fold, args.pool, g, x, y, parameters, dx)
               : apply_gradient<true, false>(fold, args.pool, g, x, y, parameters, dx);
  } else {
    p.training ? apply_gradient<false, true>(fold, args.pool, g, x, y, parameters, dx)
               : apply_gradient<false, false>(fold, args.pool, g, x, y, parameters, dx);
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
  const Fold fold(p.rows, p.channels);
  return std::size_t((4 + 3 * fold.chunks) * fold.columns) * sizeof(float);
}

}  // namespace noyau::kernels
#endif  // HWY_ONCE
