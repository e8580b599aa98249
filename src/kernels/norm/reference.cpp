#include <algorithm>
#include <cmath>

#include "kernels/chunks.hpp"
#include "kernels/norm/norm.hpp"

namespace noyau::kernels {
namespace {

struct Moments {
  double mean = 0, variance = 0;  // biased
};

template <class T>
Moments moments(const Norm& p, const T* x, std::int64_t c) {
  Moments m;
  for (std::int64_t r = 0; r < p.rows; ++r) m.mean += double(x[r * x_row(p) + c]);
  m.mean /= double(p.rows);
  for (std::int64_t r = 0; r < p.rows; ++r) {
    const double centred = double(x[r * x_row(p) + c]) - m.mean;
    m.variance += centred * centred;
  }
  m.variance /= double(p.rows);
  return m;
}

template <class T>
void update_running(const Norm& p, const Moments& m, T& mean, T& var) {
  const double unbiased =
      p.rows > 1 ? m.variance * double(p.rows) / double(p.rows - 1) : m.variance;
  mean = T((1 - p.momentum) * double(mean) + p.momentum * m.mean);
  var = T((1 - p.momentum) * double(var) + p.momentum * unbiased);
}

template <class T>
void statistics(const Norm& p, const Args& args) {
  const T *x = args.in<T>(0), *weight = args.in<T>(1);
  T *running_mean = const_cast<T*>(args.in<T>(2)), *running_var = const_cast<T*>(args.in<T>(3));
  T *mean = output_or_null<T>(args, 0), *inv_std = output_or_null<T>(args, 1);
  T* scale = output_or_null<T>(args, 2);
  if (p.rows == 0) return;
  for (std::int64_t c = 0; c < p.channels; ++c) {
    const Moments m = moments(p, x, c);
    update_running(p, m, running_mean[c], running_var[c]);
    const double inverse = 1 / std::sqrt(m.variance + p.eps);
    if (mean) mean[c] = T(m.mean);
    if (inv_std) inv_std[c] = T(inverse);
    if (scale) scale[c] = T(inverse * (weight ? double(weight[c]) : 1));
  }
}

template <class T>
void statistics_join(const Norm& p, const Args& args) {
  const T *known_mean = args.in<T>(0), *known_inv_std = args.in<T>(1), *weight = args.in<T>(3);
  T *running_mean = const_cast<T*>(args.in<T>(4)), *running_var = const_cast<T*>(args.in<T>(5));
  T *mean = args.out<T>(0), *inv_std = args.out<T>(1), *scale = args.out<T>(2);
  for (std::int64_t c = 0; c < p.before + p.channels; ++c) {
    Moments m;
    if (c < p.before) {
      const double inverse = double(known_inv_std[c]);
      m = {double(known_mean[c]), std::max(0.0, 1 / (inverse * inverse) - p.eps)};
    } else {
      m = moments(p, args.in<T>(2), c - p.before);
    }
    update_running(p, m, running_mean[c], running_var[c]);
    const double inverse =
        c < p.before ? double(known_inv_std[c]) : 1 / std::sqrt(m.variance + p.eps);
    mean[c] = T(m.mean);
    inv_std[c] = T(inverse);
    scale[c] = T(inverse * (weight ? double(weight[c]) : 1));
  }
}

double activated(Activation activation, double v) {
  if (activation == Activation::none) return v;
  if (activation == Activation::relu6 && v > 6) return 6;
  return v < 0 ? 0 : v;
}

// Whether the cotangent passes where the output is `y`.
bool passes(Activation activation, double y) {
  return activation == Activation::none || (y > 0 && !(activation == Activation::relu6 && y >= 6));
}

template <class T>
void forward(const Norm& p, const Args& args) {
  const T *x = args.in<T>(0), *weight = args.in<T>(1), *bias = args.in<T>(2);
  T *running_mean = const_cast<T*>(args.in<T>(3)), *running_var = const_cast<T*>(args.in<T>(4));
  const T* residual = input_or_null<T>(args, 5);
  T *y = args.out<T>(0), *mean = output_or_null<T>(args, 1), *inv_std = output_or_null<T>(args, 2);
  T* saved_scale = output_or_null<T>(args, 3);
  if (p.rows == 0) return;
  for (std::int64_t c = 0; c < p.channels; ++c) {
    Moments m;
    if (p.training) {
      m = moments(p, x, c);
      update_running(p, m, running_mean[c], running_var[c]);
    } else {
      m = {double(running_mean[c]), double(running_var[c])};
    }
    const double inverse = 1 / std::sqrt(m.variance + p.eps);
    if (p.training && mean) mean[c] = T(m.mean);
    if (p.training && inv_std) inv_std[c] = T(inverse);
    const double scale = inverse * (weight ? double(weight[c]) : 1);
    if (p.training && saved_scale) saved_scale[c] = T(scale);
    const double b = bias ? double(bias[c]) : 0;
    for (std::int64_t r = 0; r < p.rows; ++r) {
      double v = (double(x[r * x_row(p) + c]) - m.mean) * scale + b;
      if (residual) v += double(residual[r * p.channels + c]);
      y[r * y_row(p) + c] = T(activated(p.activation, v));
    }
  }
}

template <class T>
void apply(const Norm& p, const Args& args) {
  const T *x = args.in<T>(0), *mean = args.in<T>(1), *scale = args.in<T>(2), *bias = args.in<T>(3);
  const T* residual = input_or_null<T>(args, 4);
  T* y = args.out<T>(0);
  for (std::int64_t i = 0; i < p.rows * p.channels; ++i) {
    const std::int64_t r = i / p.channels, c = i % p.channels;
    const double b = bias ? double(bias[c]) : 0;
    double v = (double(x[r * x_row(p) + c]) - double(mean[c])) * double(scale[c]) + b;
    if (residual) v += double(residual[i]);
    y[r * y_row(p) + c] = T(activated(p.activation, v));
  }
}

template <class T>
void grad_input(const Norm& p, const Args& args) {
  const T *g = args.in<T>(0), *x = args.in<T>(1), *weight = args.in<T>(2);
  const T *mean = args.in<T>(3), *inv_std = args.in<T>(4);
  const T *dweight = args.in<T>(5), *dbias = args.in<T>(6);
  const T* residual = p.residual ? args.in<T>(7) : nullptr;
  const std::int64_t width = p.residual_width == 0 ? p.channels : p.residual_width;
  T* dx = args.out<T>(0);
  for (std::int64_t i = 0; i < p.rows * p.channels; ++i) {
    const std::int64_t c = i % p.channels;
    const double inverse = double(inv_std[c]);
    const double normalised =
        (double(x[i / p.channels * x_row(p) + c]) - double(mean[c])) * inverse;
    const double through = (double(dbias[c]) + normalised * double(dweight[c])) / double(p.rows);
    const double added =
        residual ? double(residual[i / p.channels * width + p.residual_begin + c]) : 0;
    dx[i] = T((weight ? double(weight[c]) : 1) * inverse * (double(g[i]) - through) + added);
  }
}

template <class T>
void backward(const Norm& p, const Args& args) {
  const T *dy = args.in<T>(0), *x = args.in<T>(1), *weight = args.in<T>(2);
  const T *mean = args.in<T>(3), *inv_std = args.in<T>(4), *y = input_or_null<T>(args, 5);
  T *dx = args.out<T>(0), *dweight = output_or_null<T>(args, 1);
  T *dbias = output_or_null<T>(args, 2), *dresidual = output_or_null<T>(args, 3);
  const T* bias = input_or_null<T>(args, 6);
  for (std::int64_t c = 0; c < p.channels; ++c) {
    const double m = double(mean[c]);
    const double inverse =
        p.training ? double(inv_std[c]) : 1 / std::sqrt(double(inv_std[c]) + p.eps);
    const double w = weight ? double(weight[c]) : 1, b = bias ? double(bias[c]) : 0;
    const auto cotangent = [&](std::int64_t i) {
      const double out = y ? double(y[i]) : (double(x[i]) - m) * inverse * w + b;
      return passes(p.activation, out) ? double(dy[i]) : 0.0;
    };
    double sum = 0, dot = 0;
    for (std::int64_t i = c; i < p.rows * p.channels; i += p.channels) {
      sum += cotangent(i);
      dot += cotangent(i) * (double(x[i]) - m) * inverse;
    }
    if (dweight) dweight[c] = T(dot);
    if (dbias) dbias[c] = T(sum);
    const double scale = w * inverse;
    for (std::int64_t i = c; i < p.rows * p.channels; i += p.channels) {
      const double g = cotangent(i), normalised = (double(x[i]) - m) * inverse;
      if (dresidual) dresidual[i] = T(g);
      const double through = p.training ? (sum + normalised * dot) / double(p.rows) : 0;
      if (dx) dx[i] = T(scale * (g - through));
    }
  }
}

}  // namespace

void batch_norm_reference(const Problem& problem, const Args& args) noexcept {
  const Norm& p = std::get<Norm>(problem);
  with_float_type(p.dtype, [&](auto zero) { forward<decltype(zero)>(p, args); });
}

void batch_norm_statistics_reference(const Problem& problem, const Args& args) noexcept {
  const Norm& p = std::get<Norm>(problem);
  with_float_type(p.dtype, [&](auto zero) { statistics<decltype(zero)>(p, args); });
}

void batch_norm_statistics_join_reference(const Problem& problem, const Args& args) noexcept {
  const Norm& p = std::get<Norm>(problem);
  with_float_type(p.dtype, [&](auto zero) { statistics_join<decltype(zero)>(p, args); });
}

void batch_norm_grad_input_reference(const Problem& problem, const Args& args) noexcept {
  const Norm& p = std::get<Norm>(problem);
  with_float_type(p.dtype, [&](auto zero) { grad_input<decltype(zero)>(p, args); });
}

void batch_norm_apply_reference(const Problem& problem, const Args& args) noexcept {
  const Norm& p = std::get<Norm>(problem);
  with_float_type(p.dtype, [&](auto zero) { apply<decltype(zero)>(p, args); });
}

void batch_norm_grad_reference(const Problem& problem, const Args& args) noexcept {
  const Norm& p = std::get<Norm>(problem);
  with_float_type(p.dtype, [&](auto zero) { backward<decltype(zero)>(p, args); });
}

}  // namespace noyau::kernels
