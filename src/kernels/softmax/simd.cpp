#include "kernels/simd.hpp"
// The macros above come before Highway.
#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/chunks.hpp"
#include "kernels/softmax/softmax.hpp"
#include "kernels/softmax/targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/softmax/simd.cpp"
#include "hwy/foreach_target.h"
// After it, or they would be compiled for one target only.
#include "hwy/contrib/math/math-inl.h"
#include "kernels/simd-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace noyau::kernels::HWY_NAMESPACE {

HWY_INLINE bool any_nan(const float* x, std::int64_t n) {
  return std::any_of(x, x + n, [](float v) { return std::isnan(v); });
}

float largest_of(const float* x, std::int64_t n) {
  float largest = -std::numeric_limits<float>::infinity();
  for (std::int64_t i = 0; i < n; ++i) largest = std::max(largest, x[i]);
  return largest;
}

// Sum of exp(x - largest); the terms go to `exponentials` unless it is null.
double sum_exponentials(const float* x, std::int64_t n, float largest, float* exponentials) {
  const F32 d;
  // A NaN must reach the loss, and exp of the library does not promise that.
  if (any_nan(x, n)) {
    if (exponentials) std::fill_n(exponentials, n, std::numeric_limits<float>::quiet_NaN());
    return std::numeric_limits<double>::quiet_NaN();
  }
  VecF sum = hn::Zero(d);
  const VecF shift = hn::Set(d, largest);
  for (std::int64_t i = 0; i < n; i += kLanes) {
    VecF e = hn::Exp(d, hn::Sub(load_n(x + i, n - i), shift));
    if (n - i < kLanes) e = hn::IfThenElseZero(hn::FirstN(d, std::size_t(n - i)), e);
    if (exponentials) store_n(e, exponentials + i, n - i);
    sum = hn::Add(sum, e);
  }
  return double(hn::GetLane(hn::SumOfLanes(d, sum)));
}

HWY_INLINE void scale_row(float* x, std::int64_t n, double factor) {
  const VecF scale = hn::Set(F32(), float(factor));
  for (std::int64_t i = 0; i < n; i += kLanes) {
    store_n(hn::Mul(load_n(x + i, n - i), scale), x + i, n - i);
  }
}

template <class Body>
void for_rows(const CrossEntropy& p, ThreadPool& pool, const Body& body) {
  for_chunks(pool, p.rows, grain_for(p.classes * 8), [&](std::int64_t row, std::int64_t end) {
    for (; row < end; ++row) body(row);
  });
}

void softmax_f32(const Problem& problem, const Args& args) {
  const CrossEntropy& p = std::get<CrossEntropy>(problem);
  for_rows(p, args.pool, [&](std::int64_t row) {
    const float* x = args.in<float>(0) + row * p.classes;
    float* y = args.out<float>(0) + row * p.classes;
    const double sum = sum_exponentials(x, p.classes, largest_of(x, p.classes), y);
    scale_row(y, p.classes, 1 / sum);
  });
}

void softmax_grad_f32(const Problem& problem, const Args& args) {
  const F32 d;
  const CrossEntropy& p = std::get<CrossEntropy>(problem);
  for_rows(p, args.pool, [&](std::int64_t row) HWY_ATTR {
    const float* dy = args.in<float>(0) + row * p.classes;
    const float* y = args.in<float>(1) + row * p.classes;
    VecF sum = hn::Zero(d);
    for (std::int64_t c = 0; c < p.classes; c += kLanes) {
      sum = hn::MulAdd(load_n(dy + c, p.classes - c), load_n(y + c, p.classes - c), sum);
    }
    const VecF mean = hn::SumOfLanes(d, sum);
    for (std::int64_t c = 0; c < p.classes; c += kLanes) {
      const VecF above = hn::Sub(load_n(dy + c, p.classes - c), mean);
      store_n(hn::Mul(load_n(y + c, p.classes - c), above),
              args.out<float>(0) + row * p.classes + c, p.classes - c);
    }
  });
}

void log_softmax_f32(const Problem& problem, const Args& args) {
  const CrossEntropy& p = std::get<CrossEntropy>(problem);
  for_rows(p, args.pool, [&](std::int64_t row) HWY_ATTR {
    const float* x = args.in<float>(0) + row * p.classes;
    float* y = args.out<float>(0) + row * p.classes;
    const float largest = largest_of(x, p.classes);
    const double sum = sum_exponentials(x, p.classes, largest, nullptr);
    const VecF total = hn::Set(F32(), float(double(largest) + std::log(sum)));
    for (std::int64_t c = 0; c < p.classes; c += kLanes) {
      store_n(hn::Sub(load_n(x + c, p.classes - c), total), y + c, p.classes - c);
    }
  });
}

void log_softmax_grad_f32(const Problem& problem, const Args& args) {
  const F32 d;
  const CrossEntropy& p = std::get<CrossEntropy>(problem);
  for_rows(p, args.pool, [&](std::int64_t row) HWY_ATTR {
    const float* dy = args.in<float>(0) + row * p.classes;
    const float* y = args.in<float>(1) + row * p.classes;
    float* dx = args.out<float>(0) + row * p.classes;
    double sum = 0;
    for (std::int64_t c = 0; c < p.classes; ++c) sum += double(dy[c]);
    const VecF minus = hn::Set(d, float(-sum));
    for (std::int64_t c = 0; c < p.classes; c += kLanes) {
      const VecF probability = hn::Exp(d, load_n(y + c, p.classes - c));
      store_n(hn::MulAdd(probability, minus, load_n(dy + c, p.classes - c)), dx + c, p.classes - c);
    }
  });
}

double loss_of(const CrossEntropy& p, const Targets<float>& targets, const float* x,
               std::int64_t row) {
  if (targets.ignored(row)) return 0;
  const float largest = largest_of(x, p.classes);
  const double total = double(largest) + std::log(sum_exponentials(x, p.classes, largest, nullptr));
  const std::int64_t only = targets.only_class(row);
  if (only >= 0) return targets.loss(row, only, double(x[only]) - total);
  double loss = 0;
  for (std::int64_t c = 0; c < p.classes; ++c) loss += targets.loss(row, c, double(x[c]) - total);
  return loss;
}

void softmax_cross_entropy_f32(const Problem& problem, const Args& args) {
  const CrossEntropy& p = std::get<CrossEntropy>(problem);
  const Targets<float> targets(p, args);
  double* losses = reinterpret_cast<double*>(args.scratch);
  for_rows(p, args.pool, [&](std::int64_t row) {
    losses[row] = loss_of(p, targets, args.in<float>(0) + row * p.classes, row);
  });
  double sum = 0;
  for (std::int64_t row = 0; row < p.rows; ++row) {
    if (p.reduction == CrossEntropy::Reduction::none) args.out<float>(0)[row] = float(losses[row]);
    sum += losses[row];
  }
  if (p.reduction != CrossEntropy::Reduction::none) {
    args.out<float>(0)[0] = float(sum / targets.divisor());
  }
}

void softmax_cross_entropy_grad_f32(const Problem& problem, const Args& args) {
  const CrossEntropy& p = std::get<CrossEntropy>(problem);
  const Targets<float> targets(p, args);
  const double divisor = targets.divisor();
  for_rows(p, args.pool, [&](std::int64_t row) {
    const float* x = args.in<float>(0) + row * p.classes;
    float* dx = args.out<float>(0) + row * p.classes;
    if (targets.ignored(row)) {
      std::fill_n(dx, p.classes, 0.0f);
      return;
    }
    const double scale = cotangent_of<float>(p, args, row) / divisor;
    const float largest = largest_of(x, p.classes);
    const double sum = sum_exponentials(x, p.classes, largest, dx);
    const double total = double(largest) + std::log(sum);
    const std::int64_t only = targets.only_class(row);
    const std::int64_t begin = std::max<std::int64_t>(0, only);
    const std::int64_t end = only < 0 ? p.classes : only + 1;
    const auto pull = [&](std::int64_t c) { return targets.pull(row, c, double(x[c]) - total); };
    double all = 0;
    for (std::int64_t c = begin; c < end; ++c) all += pull(c);
    scale_row(dx, p.classes, scale * all / sum);
    for (std::int64_t c = begin; c < end; ++c) dx[c] -= float(scale * pull(c));
  });
}

}  // namespace noyau::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace noyau::kernels {

#define NOYAU_DISPATCH(name)                                            \
  HWY_EXPORT(name##_f32);                                               \
  void name##_simd(const Problem& problem, const Args& args) noexcept { \
    HWY_DYNAMIC_DISPATCH(name##_f32)(problem, args);                    \
  }

NOYAU_DISPATCH(softmax)
NOYAU_DISPATCH(softmax_grad)
NOYAU_DISPATCH(log_softmax)
NOYAU_DISPATCH(log_softmax_grad)
NOYAU_DISPATCH(softmax_cross_entropy)
NOYAU_DISPATCH(softmax_cross_entropy_grad)

#undef NOYAU_DISPATCH

std::size_t softmax_cross_entropy_scratch(const Problem& problem) {
  return std::size_t(std::get<CrossEntropy>(problem).rows) * sizeof(double);
}

}  // namespace noyau::kernels
#endif  // HWY_ONCE
