#include <algorithm>
#include <cmath>

#include "kernels/chunks.hpp"
#include "kernels/softmax/softmax.hpp"
#include "kernels/softmax/targets.hpp"

namespace noyau::kernels {
namespace {

// log(sum(exp(x))) of one row.
template <class T>
double log_sum_exp(const T* x, std::int64_t classes) {
  const double largest = double(*std::max_element(x, x + classes));
  double sum = 0;
  for (std::int64_t c = 0; c < classes; ++c) sum += std::exp(double(x[c]) - largest);
  return largest + std::log(sum);
}

}  // namespace

void softmax_reference(const Problem& problem, const Args& args) noexcept {
  const CrossEntropy& p = std::get<CrossEntropy>(problem);
  with_float_type(p.dtype, [&]<class T>(T) {
    for (std::int64_t row = 0; row < p.rows; ++row) {
      const T* x = args.in<T>(0) + row * p.classes;
      const double total = log_sum_exp(x, p.classes);
      for (std::int64_t c = 0; c < p.classes; ++c) {
        args.out<T>(0)[row * p.classes + c] = T(std::exp(double(x[c]) - total));
      }
    }
  });
}

void log_softmax_reference(const Problem& problem, const Args& args) noexcept {
  const CrossEntropy& p = std::get<CrossEntropy>(problem);
  with_float_type(p.dtype, [&]<class T>(T) {
    for (std::int64_t row = 0; row < p.rows; ++row) {
      const T* x = args.in<T>(0) + row * p.classes;
      const double total = log_sum_exp(x, p.classes);
      for (std::int64_t c = 0; c < p.classes; ++c) {
        args.out<T>(0)[row * p.classes + c] = T(double(x[c]) - total);
      }
    }
  });
}

void log_softmax_grad_reference(const Problem& problem, const Args& args) noexcept {
  const CrossEntropy& p = std::get<CrossEntropy>(problem);
  with_float_type(p.dtype, [&]<class T>(T) {
    for (std::int64_t row = 0; row < p.rows; ++row) {
      const T *dy = args.in<T>(0) + row * p.classes, *y = args.in<T>(1) + row * p.classes;
      double sum = 0;
      for (std::int64_t c = 0; c < p.classes; ++c) sum += double(dy[c]);
      for (std::int64_t c = 0; c < p.classes; ++c) {
        args.out<T>(0)[row * p.classes + c] = T(double(dy[c]) - std::exp(double(y[c])) * sum);
      }
    }
  });
}

void softmax_grad_reference(const Problem& problem, const Args& args) noexcept {
  const CrossEntropy& p = std::get<CrossEntropy>(problem);
  with_float_type(p.dtype, [&]<class T>(T) {
    for (std::int64_t row = 0; row < p.rows; ++row) {
      const T *dy = args.in<T>(0) + row * p.classes, *y = args.in<T>(1) + row * p.classes;
      double mean = 0;
      for (std::int64_t c = 0; c < p.classes; ++c) mean += double(dy[c]) * double(y[c]);
      for (std::int64_t c = 0; c < p.classes; ++c) {
        args.out<T>(0)[row * p.classes + c] = T(double(y[c]) * (double(dy[c]) - mean));
      }
    }
  });
}

void softmax_cross_entropy_reference(const Problem& problem, const Args& args) noexcept {
  const CrossEntropy& p = std::get<CrossEntropy>(problem);
  with_float_type(p.dtype, [&]<class T>(T) {
    const Targets<T> targets(p, args);
    double sum = 0;
    for (std::int64_t row = 0; row < p.rows; ++row) {
      const T* x = args.in<T>(0) + row * p.classes;
      const double total = log_sum_exp(x, p.classes);
      double loss = 0;
      for (std::int64_t c = 0; c < p.classes; ++c)
        loss += targets.loss(row, c, double(x[c]) - total);
      if (p.reduction == CrossEntropy::Reduction::none) args.out<T>(0)[row] = T(loss);
      sum += loss;
    }
    if (p.reduction != CrossEntropy::Reduction::none)
      args.out<T>(0)[0] = T(sum / targets.divisor());
  });
}

void softmax_cross_entropy_grad_reference(const Problem& problem, const Args& args) noexcept {
  const CrossEntropy& p = std::get<CrossEntropy>(problem);
  with_float_type(p.dtype, [&]<class T>(T) {
    const Targets<T> targets(p, args);
    const double divisor = targets.divisor();
    for (std::int64_t row = 0; row < p.rows; ++row) {
      const T* x = args.in<T>(0) + row * p.classes;
      const double total = log_sum_exp(x, p.classes),
                   scale = cotangent_of<T>(p, args, row) / divisor;
      double all = 0;
      for (std::int64_t c = 0; c < p.classes; ++c)
        all += targets.pull(row, c, double(x[c]) - total);
      for (std::int64_t c = 0; c < p.classes; ++c) {
        const double log_p = double(x[c]) - total;
        const double slope = std::exp(log_p) * all - targets.pull(row, c, log_p);
        args.out<T>(0)[row * p.classes + c] = T(targets.ignored(row) ? 0 : scale * slope);
      }
    }
  });
}

}  // namespace noyau::kernels
