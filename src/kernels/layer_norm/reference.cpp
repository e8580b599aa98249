#include <cmath>

#include "kernels/chunks.hpp"
#include "kernels/layer_norm/layer_norm.hpp"

namespace noyau::kernels {
namespace {

template <class T>
void forward(const LayerNorm& p, const Args& args) {
  const T *weight = input_or_null<T>(args, 1), *bias = input_or_null<T>(args, 2);
  T *mean_out = output_or_null<T>(args, 1), *inv_std = output_or_null<T>(args, 2);
  for (std::int64_t row = 0; row < p.rows; ++row) {
    const T* x = args.in<T>(0) + row * p.columns;
    double mean = 0, variance = 0;
    for (std::int64_t j = 0; j < p.columns; ++j) mean += double(x[j]) / double(p.columns);
    for (std::int64_t j = 0; j < p.columns; ++j)
      variance += (double(x[j]) - mean) * (double(x[j]) - mean) / double(p.columns);
    const double inverse = 1 / std::sqrt(variance + p.eps);
    if (mean_out) mean_out[row] = T(mean);
    if (inv_std) inv_std[row] = T(inverse);
    for (std::int64_t j = 0; j < p.columns; ++j) {
      const std::int64_t i = weight_index(p, j);
      const double w = weight ? double(weight[i]) : 1, b = bias ? double(bias[i]) : 0;
      args.out<T>(0)[row * p.columns + j] = T((double(x[j]) - mean) * inverse * w + b);
    }
  }
}

template <class T>
void backward(const LayerNorm& p, const Args& args) {
  const T *dy = args.in<T>(0), *x = args.in<T>(1), *weight = args.in<T>(2);
  const T *mean = args.in<T>(3), *inv_std = args.in<T>(4);
  T *dx = args.out<T>(0), *dweight = output_or_null<T>(args, 1);
  T* dbias = output_or_null<T>(args, 2);
  const auto normalised = [&](std::int64_t i) {
    return (double(x[i]) - double(mean[i / p.columns])) * double(inv_std[i / p.columns]);
  };
  const auto cotangent = [&](std::int64_t i) {
    return double(dy[i]) * (weight ? double(weight[weight_index(p, i % p.columns)]) : 1);
  };
  for (std::int64_t row = 0; dx && row < p.rows; ++row) {
    const std::int64_t begin = row * p.columns, end = begin + p.columns;
    double sum = 0, dot = 0;
    for (std::int64_t i = begin; i < end; ++i) sum += cotangent(i);
    for (std::int64_t i = begin; i < end; ++i) dot += cotangent(i) * normalised(i);
    for (std::int64_t i = begin; i < end; ++i) {
      const double through = (sum + normalised(i) * dot) / double(p.columns);
      dx[i] = T(double(inv_std[row]) * (cotangent(i) - through));
    }
  }
  for (std::int64_t j = 0; j < p.columns; ++j) {
    double sum = 0, dot = 0;
    for (std::int64_t i = j; i < p.rows * p.columns; i += p.columns) {
      sum += double(dy[i]);
      dot += double(dy[i]) * normalised(i);
    }
    if (dweight) dweight[weight_index(p, j)] = T(dot);
    if (dbias) dbias[weight_index(p, j)] = T(sum);
  }
}

}  // namespace

void layer_norm_reference(const Problem& problem, const Args& args) noexcept {
  const auto& p = std::get<LayerNorm>(problem);
  with_float_type(p.dtype, [&](auto zero) { forward<decltype(zero)>(p, args); });
}

void layer_norm_grad_reference(const Problem& problem, const Args& args) noexcept {
  const auto& p = std::get<LayerNorm>(problem);
  with_float_type(p.dtype, [&](auto zero) { backward<decltype(zero)>(p, args); });
}

}  // namespace noyau::kernels
