#include "kernels/simd.hpp"
// The macros above come before Highway.
#include <algorithm>

#include "kernels/chunks.hpp"
#include "kernels/loss/loss.hpp"
#include "kernels/wrap.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/loss/simd.cpp"
#include "hwy/foreach_target.h"
#include "kernels/math-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace noyau::kernels::HWY_NAMESPACE {

using Reduction = CrossEntropy::Reduction;

constexpr std::int64_t kBlock = 1024;  // elements that are summed in f32

struct SquaredError {
  SquaredError(const Loss&, const Args& args) : x(args.in<float>(0)), target(args.in<float>(1)) {}
  HWY_INLINE VecF loss(std::int64_t i, std::int64_t n, std::int64_t) const {
    const VecF difference = hn::Sub(load_n(x + i, n), load_n(target + i, n));
    return hn::Mul(difference, difference);
  }
  HWY_INLINE VecF slope(std::int64_t i, std::int64_t n, std::int64_t) const {
    return hn::Mul(number(2), hn::Sub(load_n(x + i, n), load_n(target + i, n)));
  }
  const float *x, *target;
};

// The rows of factors per channel are wrapped into the scratch behind the partial sums.
struct SigmoidCrossEntropy {
  SigmoidCrossEntropy(const Loss& p, const Args& args)
      : x(args.in<float>(0)), target(args.in<float>(1)), kind(p.weight) {
    auto* rows = reinterpret_cast<float*>(args.scratch + divide_up(p.count, kLossChunk) *
                                                             std::int64_t(sizeof(double)));
    if (p.positive_weight) {
      wrap(args.in<float>(2), p.channels, rows);
      positive_row = rows;
    }
    if (kind != Loss::Weight::none) weights = args.in<float>(3);
    if (kind == Loss::Weight::per_channel) {
      wrap(weights, p.channels, rows + p.channels + kWrap);
      weights = rows + p.channels + kWrap;
    }
  }
  HWY_INLINE VecF loss(std::int64_t i, std::int64_t n, std::int64_t channel) const {
    const VecF v = load_n(x + i, n), t = load_n(target + i, n);
    const VecF minus_log = softplus(hn::Neg(v));
    const VecF rest = hn::Mul(hn::Sub(number(1), t), v);
    return weighted(hn::MulAdd(positive(t, channel), minus_log, rest), i, n, channel);
  }
  HWY_INLINE VecF slope(std::int64_t i, std::int64_t n, std::int64_t channel) const {
    const VecF v = load_n(x + i, n), t = load_n(target + i, n);
    const VecF rest = hn::Sub(number(1), t);
    const VecF slope = hn::NegMulAdd(positive(t, channel), sigmoid(hn::Neg(v)), rest);
    return weighted(hn::IfThenElse(hn::IsNaN(v), v, slope), i, n, channel);
  }

  HWY_INLINE VecF positive(VecF t, std::int64_t channel) const {
    if (!positive_row) return number(1);
    const VecF above_one = hn::Sub(hn::LoadU(F32(), positive_row + channel), number(1));
    return hn::MulAdd(above_one, t, number(1));
  }
  HWY_INLINE VecF weighted(VecF v, std::int64_t i, std::int64_t n, std::int64_t channel) const {
    if (!weights) return v;
    return hn::Mul(v, kind == Loss::Weight::per_channel ? hn::LoadU(F32(), weights + channel)
                                                        : load_n(weights + i, n));
  }

  const float *x, *target, *positive_row = nullptr, *weights = nullptr;
  Loss::Weight kind;
};

// Calls body(i, n, channel of i) for the vectors of [i, end).
template <class Body>
HWY_INLINE void for_channels(std::int64_t i, std::int64_t end, std::int64_t channels,
                             const Body& body) {
  const std::int64_t step = kLanes % channels;
  std::int64_t c = i % channels;
  for (; i < end; i += kLanes) {
    body(i, std::min(end - i, kLanes), c);
    c += step;
    if (c >= channels) c -= channels;
  }
}

template <class Op>
double sum_losses(const Op& op, std::int64_t begin, std::int64_t end, std::int64_t channels,
                  float* losses) {
  const F32 d;
  double total = 0;
  for (; begin < end; begin += kBlock) {
    VecF sum = hn::Zero(d);
    const auto add = [&](std::int64_t i, std::int64_t n, std::int64_t c) HWY_ATTR {
      VecF v = op.loss(i, n, c);
      if (losses) store_n(v, losses + i, n);
      if (n < kLanes) v = hn::IfThenElseZero(hn::FirstN(d, std::size_t(n)), v);
      sum = hn::Add(sum, v);
    };
    for_channels(begin, std::min(end, begin + kBlock), channels, add);
    total += double(hn::GetLane(hn::SumOfLanes(d, sum)));
  }
  return total;
}

template <class Op>
void sum_all(const Loss& p, const Args& args) {
  const Op op(p, args);
  auto* sums = reinterpret_cast<double*>(args.scratch);
  float* losses = p.reduction == Reduction::none ? args.out<float>(0) : nullptr;
  for_chunks(args.pool, p.count, kLossChunk, [&](std::int64_t begin, std::int64_t end) {
    sums[begin / kLossChunk] = sum_losses(op, begin, end, p.channels, losses);
  });
  if (losses) return;
  double sum = 0;
  for (std::int64_t i = 0; i < divide_up(p.count, kLossChunk); ++i) sum += sums[i];
  args.out<float>(0)[0] = float(sum / divisor(p));
}

template <class Op>
void slopes(const Loss& p, const Args& args) {
  const Op op(p, args);
  const float* dloss = args.in<float>(args.inputs.size() - 1);
  float* dx = args.out<float>(0);
  const bool each = p.reduction == Reduction::none;
  const VecF all = number(each ? 1 : double(dloss[0]) / divisor(p));
  for_chunks(args.pool, p.count, kLossChunk, [&](std::int64_t begin, std::int64_t end) {
    for_channels(begin, end, p.channels,
                 [&](std::int64_t i, std::int64_t n, std::int64_t c) HWY_ATTR {
                   const VecF d = each ? load_n(dloss + i, n) : all;
                   store_n(hn::Mul(d, op.slope(i, n, c)), dx + i, n);
                 });
  });
}

void loss_f32(const Problem& problem, const Args& args) {
  const Loss& p = std::get<Loss>(problem);
  p.kind == Loss::Kind::squared_error ? sum_all<SquaredError>(p, args)
                                      : sum_all<SigmoidCrossEntropy>(p, args);
}

void loss_grad_f32(const Problem& problem, const Args& args) {
  const Loss& p = std::get<Loss>(problem);
  p.kind == Loss::Kind::squared_error ? slopes<SquaredError>(p, args)
                                      : slopes<SigmoidCrossEntropy>(p, args);
}

}  // namespace noyau::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace noyau::kernels {

HWY_EXPORT(loss_f32);
HWY_EXPORT(loss_grad_f32);

void loss_simd(const Problem& problem, const Args& args) noexcept {
  HWY_DYNAMIC_DISPATCH(loss_f32)(problem, args);
}

void loss_grad_simd(const Problem& problem, const Args& args) noexcept {
  HWY_DYNAMIC_DISPATCH(loss_grad_f32)(problem, args);
}

std::size_t loss_scratch(const Problem& problem) {
  const Loss& p = std::get<Loss>(problem);
  const std::int64_t partials = divide_up(p.count, kLossChunk);
  return std::size_t(partials) * sizeof(double) +
         std::size_t(2 * (p.channels + kWrap)) * sizeof(float);
}

}  // namespace noyau::kernels
#endif  // HWY_ONCE
