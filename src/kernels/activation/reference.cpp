#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "kernels/activation/activation.hpp"
#include "kernels/chunks.hpp"

namespace noyau::kernels {
namespace {

double sigmoid(double x) {
  const double e = std::exp(-std::abs(x));
  return (x < 0 ? e : 1) / (1 + e);
}
double softplus(double x) { return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x))); }
double normal_density(double x) { return std::exp(-0.5 * x * x) / std::sqrt(2 * std::numbers::pi); }
double normal_distribution(double x) { return 0.5 * std::erfc(-x / std::numbers::sqrt2); }
// gelu_tanh(x) is x * sigmoid(logit).
double gelu_logit(double x) {
  return 2 * std::sqrt(2 / std::numbers::pi) * (x + 0.044715 * x * x * x);
}

double value(Function function, double x, double alpha) {
  switch (function) {
    case Function::relu:
      return std::max(x, 0.0);
    case Function::relu6:
      return std::clamp(x, 0.0, 6.0);
    case Function::hard_tanh:
      return std::clamp(x, -1.0, 1.0);
    case Function::hard_sigmoid:
      return std::clamp(x + 3, 0.0, 6.0) / 6;
    case Function::hard_swish:
      return x * std::clamp(x + 3, 0.0, 6.0) / 6;
    case Function::leaky_relu:
      return x > 0 ? x : alpha * x;
    case Function::elu:
      return x > 0 ? x : alpha * std::expm1(x);
    case Function::sigmoid:
      return sigmoid(x);
    case Function::tanh:
      return std::tanh(x);
    case Function::softplus:
      return softplus(x);
    case Function::silu:
      return x * sigmoid(x);
    case Function::mish:
      return x * std::tanh(softplus(x));
    case Function::gelu:
      return x * normal_distribution(x);
    case Function::gelu_tanh:
      return x * sigmoid(gelu_logit(x));
  }
  return std::numeric_limits<double>::quiet_NaN();
}

double mish_slope(double x) {
  const double t = std::tanh(softplus(x));
  return t + x * (1 - t * t) * sigmoid(x);
}

double gelu_tanh_slope(double x) {
  const double s = sigmoid(gelu_logit(x));
  const double inner = 2 * std::sqrt(2 / std::numbers::pi) * (1 + 3 * 0.044715 * x * x);
  return s + x * s * (1 - s) * inner;
}

// `v` is y where the list of activations says so, else x.
double slope(Function function, double v, double alpha) {
  switch (function) {
    case Function::relu:
      return v > 0;
    case Function::relu6:
      return v > 0 && v < 6;
    case Function::hard_tanh:
      return v > -1 && v < 1;
    case Function::hard_sigmoid:
      return v > 0 && v < 1 ? 1.0 / 6 : 0;
    case Function::hard_swish:
      return v <= -3 ? 0 : v < 3 ? v / 3 + 0.5 : 1;
    case Function::leaky_relu:
      return v > 0 ? 1 : alpha;
    case Function::elu:
      return v > 0 ? 1 : alpha * std::exp(v);
    case Function::sigmoid:
      return v * (1 - v);
    case Function::tanh:
      return 1 - v * v;
    case Function::softplus:
      return sigmoid(v);
    case Function::silu:
      return sigmoid(v) * (1 + v * (1 - sigmoid(v)));
    case Function::mish:
      return mish_slope(v);
    case Function::gelu:
      return normal_distribution(v) + v * normal_density(v);
    case Function::gelu_tanh:
      return gelu_tanh_slope(v);
  }
  return std::numeric_limits<double>::quiet_NaN();
}

}  // namespace

void activation_reference(const Problem& problem, const Args& args) noexcept {
  const Unary& p = std::get<Unary>(problem);
  with_float_type(p.dtype, [&]<class T>(T) {
    for (std::int64_t i = 0; i < p.count; ++i) {
      const T x = args.in<T>(0)[i];
      args.out<T>(0)[i] = std::isnan(x) ? x : T(value(p.function, double(x), p.alpha));
    }
  });
}

void activation_grad_reference(const Problem& problem, const Args& args) noexcept {
  const Unary& p = std::get<Unary>(problem);
  with_float_type(p.dtype, [&]<class T>(T) {
    for (std::int64_t i = 0; i < p.count; ++i) {
      const T v = args.in<T>(1)[i];
      const double s = slope(p.function, double(v), p.alpha);
      const T dx = s == 0 ? T(0) : T(double(args.in<T>(0)[i]) * s);
      args.out<T>(0)[i] = std::isnan(v) ? v : dx;
    }
  });
}

}  // namespace noyau::kernels
