#include <algorithm>
#include <cmath>

#include "kernels/chunks.hpp"
#include "kernels/response_norm/response_norm.hpp"

namespace noyau::kernels {
namespace {

// k + alpha / size * sum of squares of the window of channel c.
template <class T>
double denominator(const LocalResponseNorm& p, const T* x, std::int64_t c) {
  double sum = 0;
  const std::int64_t end = std::min(p.channels, c + (p.size - 1) / 2 + 1);
  for (std::int64_t i = std::max<std::int64_t>(0, c - p.size / 2); i < end; ++i)
    sum += double(x[i]) * double(x[i]);
  return p.k + p.alpha / double(p.size) * sum;
}

}  // namespace

void local_response_norm_reference(const Problem& problem, const Args& args) noexcept {
  const auto& p = std::get<LocalResponseNorm>(problem);
  with_float_type(p.dtype, [&]<class T>(T) {
    for (std::int64_t i = 0; i < p.rows * p.channels; ++i) {
      const T* x = args.in<T>(0) + i / p.channels * p.channels;
      const double d = denominator(p, x, i % p.channels);
      args.out<T>(0)[i] = T(double(x[i % p.channels]) * std::pow(d, -p.beta));
    }
  });
}

// dx[c] = dy[c] d[c]^-beta - 2 alpha beta / size x[c] sum of dy[j] x[j] d[j]^(-beta - 1) over the
// channels j whose windows hold c.
void local_response_norm_grad_reference(const Problem& problem, const Args& args) noexcept {
  const auto& p = std::get<LocalResponseNorm>(problem);
  with_float_type(p.dtype, [&]<class T>(T) {
    for (std::int64_t i = 0; i < p.rows * p.channels; ++i) {
      const std::int64_t row = i / p.channels * p.channels, c = i % p.channels;
      const T *dy = args.in<T>(0) + row, *x = args.in<T>(1) + row;
      double sum = 0;
      const std::int64_t end = std::min(p.channels, c + p.size / 2 + 1);
      for (std::int64_t j = std::max<std::int64_t>(0, c - (p.size - 1) / 2); j < end; ++j)
        sum += double(dy[j]) * double(x[j]) * std::pow(denominator(p, x, j), -p.beta - 1);
      const double direct = double(dy[c]) * std::pow(denominator(p, x, c), -p.beta);
      args.out<T>(0)[i] = T(direct - 2 * p.alpha * p.beta / double(p.size) * double(x[c]) * sum);
    }
  });
}

}  // namespace noyau::kernels
