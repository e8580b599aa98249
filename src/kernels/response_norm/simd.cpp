#include "kernels/simd.hpp"
// The macros above come before Highway.
#include <algorithm>

#include "kernels/chunks.hpp"
#include "kernels/response_norm/response_norm.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/response_norm/simd.cpp"
#include "hwy/foreach_target.h"
// After it, or they would be compiled for one target only.
#include "hwy/contrib/math/math-inl.h"
#include "kernels/simd-inl.hpp"

// A row in blocks of channels. What windows read lies in a small buffer with zeros on both sides of
// the row, so that every load inside a window is a plain one.

HWY_BEFORE_NAMESPACE();
namespace noyau::kernels::HWY_NAMESPACE {

constexpr std::int64_t kBlock = 256;
constexpr std::int64_t kBuffer = kBlock + 2 * kMostNeighbours + 2 * kLanes;

// d^-beta for d > 0.
HWY_INLINE VecF power(const LocalResponseNorm& p, VecF d) {
  const F32 f;
  if (p.beta == 0.75) {
    const VecF root = hn::Sqrt(d);
    return hn::Div(hn::Set(f, 1.0f), hn::Mul(root, hn::Sqrt(root)));
  }
  if (p.beta == 0.5) return hn::Div(hn::Set(f, 1.0f), hn::Sqrt(d));
  const VecF v = hn::Exp(f, hn::Mul(hn::Set(f, float(-p.beta)), hn::Log(f, d)));
  return hn::IfThenElse(hn::IsNaN(d), d, v);  // which log does not promise
}

// The squares of channels [from, to) of a row; zeros where there is no such channel.
HWY_INLINE void store_squares(const LocalResponseNorm& p, const float* x, std::int64_t from,
                              std::int64_t to, float* squares) {
  std::fill_n(squares, to - from + kLanes, 0.0f);
  const std::int64_t end = std::min(to, p.channels);
  for (std::int64_t c = std::max<std::int64_t>(from, 0); c < end; c += kLanes) {
    const VecF v = load_n(x + c, end - c);
    store_n(hn::Mul(v, v), squares + (c - from), end - c);
  }
}

HWY_INLINE VecF sum_window(const LocalResponseNorm& p, const float* first) {
  VecF sum = hn::Zero(F32());
  for (std::int64_t i = 0; i < p.size; ++i) sum = hn::Add(sum, hn::LoadU(F32(), first + i));
  return sum;
}

HWY_INLINE VecF denominator(const LocalResponseNorm& p, const float* first_square) {
  const F32 d;
  return hn::MulAdd(hn::Set(d, float(p.alpha / double(p.size))), sum_window(p, first_square),
                    hn::Set(d, float(p.k)));
}

void forward_block(const LocalResponseNorm& p, const float* x, float* y, std::int64_t from,
                   std::int64_t to) {
  HWY_ALIGN float squares[kBuffer];
  store_squares(p, x, from - p.size / 2, to + (p.size - 1) / 2, squares);
  for (std::int64_t c = from; c < to; c += kLanes) {
    const VecF scale = power(p, denominator(p, squares + (c - from)));
    store_n(hn::Mul(load_n(x + c, to - c), scale), y + c, to - c);
  }
}

void backward_block(const LocalResponseNorm& p, const float* dy, const float* x, float* dx,
                    std::int64_t from, std::int64_t to) {
  const F32 d;
  HWY_ALIGN float squares[kBuffer], terms[kBuffer];
  const std::int64_t before = (p.size - 1) / 2, after = p.size / 2;
  store_squares(p, x, from - p.size + 1, to + p.size - 1, squares);
  // dy x d^(-beta - 1) for the channels whose windows reach into the block.
  std::fill_n(terms, to - from + p.size - 1 + kLanes, 0.0f);
  const std::int64_t end = std::min(to + after, p.channels);
  for (std::int64_t c = std::max<std::int64_t>(from - before, 0); c < end; c += kLanes) {
    const VecF sum = denominator(p, squares + (c - from + before));
    const VecF product = hn::Mul(load_n(dy + c, end - c), load_n(x + c, end - c));
    const VecF term = hn::Mul(product, hn::Div(power(p, sum), sum));
    store_n(term, terms + (c - from + before), end - c);
  }
  const VecF factor = hn::Set(d, float(-2 * p.alpha * p.beta / double(p.size)));
  for (std::int64_t c = from; c < to; c += kLanes) {
    const VecF scale = power(p, denominator(p, squares + (c - from + before)));
    const VecF through =
        hn::Mul(hn::Mul(factor, load_n(x + c, to - c)), sum_window(p, terms + (c - from)));
    store_n(hn::MulAdd(load_n(dy + c, to - c), scale, through), dx + c, to - c);
  }
}

// Calls body(offset of the row, from, to) for every block of channels of every row.
template <class Body>
void for_blocks(const LocalResponseNorm& p, ThreadPool& pool, const Body& body) {
  for_chunks(pool, p.rows, grain_for(p.channels * 4), [&](std::int64_t row, std::int64_t end) {
    for (; row < end; ++row) {
      for (std::int64_t c = 0; c < p.channels; c += kBlock) {
        body(row * p.channels, c, std::min(c + kBlock, p.channels));
      }
    }
  });
}

void local_response_norm_f32(const Problem& problem, const Args& args) {
  const auto& p = std::get<LocalResponseNorm>(problem);
  const float* x = args.in<float>(0);
  float* y = args.out<float>(0);
  for_blocks(p, args.pool, [&](std::int64_t row, std::int64_t from, std::int64_t to) {
    forward_block(p, x + row, y + row, from, to);
  });
}

void local_response_norm_grad_f32(const Problem& problem, const Args& args) {
  const auto& p = std::get<LocalResponseNorm>(problem);
  const float *dy = args.in<float>(0), *x = args.in<float>(1);
  float* dx = args.out<float>(0);
  for_blocks(p, args.pool, [&](std::int64_t row, std::int64_t from, std::int64_t to) {
    backward_block(p, dy + row, x + row, dx + row, from, to);
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

NOYAU_DISPATCH(local_response_norm)
NOYAU_DISPATCH(local_response_norm_grad)

#undef NOYAU_DISPATCH

}  // namespace noyau::kernels
#endif  // HWY_ONCE
