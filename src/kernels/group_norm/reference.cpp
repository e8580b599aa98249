#include <cmath>

#include "kernels/chunks.hpp"
#include "kernels/group_norm/group_norm.hpp"

namespace noyau::kernels {
namespace {

// Calls body(index of the element, channel) for a group of an image.
template <class Body>
void for_group(const GroupNorm& p, std::int64_t image, std::int64_t group, const Body& body) {
  const std::int64_t size = p.channels / p.groups;
  for (std::int64_t row = image * p.positions; row < (image + 1) * p.positions; ++row)
    for (std::int64_t c = group * size; c < (group + 1) * size; ++c) body(row * p.channels + c, c);
}

template <class T>
void forward(const GroupNorm& p, const Args& args) {
  const T *x = args.in<T>(0), *weight = input_or_null<T>(args, 1);
  const T* bias = input_or_null<T>(args, 2);
  T *mean_out = output_or_null<T>(args, 1), *inv_std = output_or_null<T>(args, 2);
  const double count = double(p.positions * (p.channels / p.groups));
  for (std::int64_t i = 0; i < p.batch * p.groups; ++i) {
    const std::int64_t image = i / p.groups, group = i % p.groups;
    double mean = 0, variance = 0;
    for_group(p, image, group, [&](auto at, auto) { mean += double(x[at]) / count; });
    for_group(p, image, group, [&](auto at, auto) {
      variance += (double(x[at]) - mean) * (double(x[at]) - mean) / count;
    });
    const double inverse = 1 / std::sqrt(variance + p.eps);
    if (mean_out) mean_out[i] = T(mean);
    if (inv_std) inv_std[i] = T(inverse);
    for_group(p, image, group, [&](auto at, auto c) {
      const double w = weight ? double(weight[c]) : 1, b = bias ? double(bias[c]) : 0;
      args.out<T>(0)[at] = T((double(x[at]) - mean) * inverse * w + b);
    });
  }
}

template <class T>
void backward(const GroupNorm& p, const Args& args) {
  const T *dy = args.in<T>(0), *x = args.in<T>(1), *weight = args.in<T>(2);
  const T *mean = args.in<T>(3), *inv_std = args.in<T>(4);
  T *dx = args.out<T>(0), *dweight = output_or_null<T>(args, 1);
  T* dbias = output_or_null<T>(args, 2);
  const double count = double(p.positions * (p.channels / p.groups));
  const auto normalised = [&](std::int64_t at, std::int64_t i) {
    return (double(x[at]) - double(mean[i])) * double(inv_std[i]);
  };
  for (std::int64_t i = 0; dx && i < p.batch * p.groups; ++i) {
    const std::int64_t image = i / p.groups, group = i % p.groups;
    const auto cotangent = [&](std::int64_t at, std::int64_t c) {
      return double(dy[at]) * (weight ? double(weight[c]) : 1);
    };
    double sum = 0, dot = 0;
    for_group(p, image, group, [&](auto at, auto c) {
      sum += cotangent(at, c);
      dot += cotangent(at, c) * normalised(at, i);
    });
    for_group(p, image, group, [&](auto at, auto c) {
      const double through = (sum + normalised(at, i) * dot) / count;
      dx[at] = T(double(inv_std[i]) * (cotangent(at, c) - through));
    });
  }
  for (std::int64_t c = 0; c < p.channels; ++c) {
    double sum = 0, dot = 0;
    for (std::int64_t row = 0; row < p.batch * p.positions; ++row) {
      const std::int64_t at = row * p.channels + c;
      const std::int64_t i = row / p.positions * p.groups + c / (p.channels / p.groups);
      sum += double(dy[at]);
      dot += double(dy[at]) * normalised(at, i);
    }
    if (dweight) dweight[c] = T(dot);
    if (dbias) dbias[c] = T(sum);
  }
}

}  // namespace

void group_norm_reference(const Problem& problem, const Args& args) noexcept {
  const auto& p = std::get<GroupNorm>(problem);
  with_float_type(p.dtype, [&](auto zero) { forward<decltype(zero)>(p, args); });
}

void group_norm_grad_reference(const Problem& problem, const Args& args) noexcept {
  const auto& p = std::get<GroupNorm>(problem);
  with_float_type(p.dtype, [&](auto zero) { backward<decltype(zero)>(p, args); });
}

}  // namespace noyau::kernels
