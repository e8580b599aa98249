#include "kernels/simd.hpp"
// The macros above come before Highway.
#include <algorithm>
#include <cmath>

#include "kernels/chunks.hpp"
#include "kernels/layer_norm/layer_norm.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/layer_norm/simd.cpp"
#include "hwy/foreach_target.h"
#include "kernels/fold-inl.hpp"

// A row is a task of its own. Gradients of weight and bias are sums over rows: in f32 over chunks
// of them, in f64 over the chunks.

HWY_BEFORE_NAMESPACE();
namespace noyau::kernels::HWY_NAMESPACE {

constexpr std::int64_t kRun = 64 * kLanes;  // elements summed in f32
constexpr std::int64_t kBlock = 64;         // columns of a task

double lane_sum(VecF v) { return double(hn::GetLane(hn::SumOfLanes(F32(), v))); }

// Calls step(i, n, sum0, sum1) for each vector of a row and returns the two sums.
template <class Step>
HWY_INLINE std::pair<double, double> sum_row(std::int64_t columns, const Step& step) {
  std::pair<double, double> sums{0, 0};
  for (std::int64_t begin = 0; begin < columns; begin += kRun) {
    VecF sum0 = hn::Zero(F32()), sum1 = sum0;
    const std::int64_t end = std::min(begin + kRun, columns);
    for (std::int64_t i = begin; i < end; i += kLanes) step(i, end - i, sum0, sum1);
    sums.first += lane_sum(sum0);
    sums.second += lane_sum(sum1);
  }
  return sums;
}

// Sums of x - shift and of its square.
std::pair<double, double> sums_from(const float* x, std::int64_t columns, float shift) {
  const VecF from = hn::Set(F32(), shift);
  return sum_row(columns, [&](std::int64_t i, std::int64_t n, VecF& sum, VecF& squares) {
    const VecF v = first_n(hn::Sub(load_n(x + i, n), from), n);
    sum = hn::Add(sum, v);
    squares = hn::MulAdd(v, v, squares);
  });
}

// Weight or bias in the order of a row, rearranged into slot `slot` of scratch when it must be.
const float* in_row_order(const LayerNorm& p, const float* weight, const Args& args,
                          std::int64_t slot) {
  if (p.channels == 0 || !weight) return weight;
  float* buffer = reinterpret_cast<float*>(args.scratch) + slot * p.columns;
  for_chunks(args.pool, p.columns, grain_for(4), [&](std::int64_t j, std::int64_t end) {
    for (; j < end; ++j) buffer[j] = weight[weight_index(p, j)];
  });
  return buffer;
}

template <class Body>
void for_rows(const LayerNorm& p, ThreadPool& pool, const Body& body) {
  for_chunks(pool, p.rows, grain_for(p.columns * 2), [&](std::int64_t row, std::int64_t end) {
    for (; row < end; ++row) body(row);
  });
}

// The rounded mean is what the second pass is centred on; what it lost is added back.
void forward_row(const LayerNorm& p, const float* x, const float* weight, const float* bias,
                 float* y, float* mean_out, float* inv_std) {
  const F32 d;
  const auto columns = double(p.columns);
  const float mean = float(double(x[0]) + sums_from(x, p.columns, x[0]).first / columns);
  const auto [sum, squares] = sums_from(x, p.columns, mean);
  const double lost = sum / columns;
  const double variance = std::max(0.0, squares / columns - lost * lost);
  const double inverse = 1 / std::sqrt(variance + p.eps);
  if (mean_out) *mean_out = float(double(mean) + lost);
  if (inv_std) *inv_std = float(inverse);
  const VecF centre = hn::Set(d, mean), scale = hn::Set(d, float(inverse));
  const VecF offset = hn::Set(d, float(-lost * inverse));
  for (std::int64_t i = 0; i < p.columns; i += kLanes) {
    const std::int64_t n = p.columns - i;
    VecF v = hn::MulAdd(hn::Sub(load_n(x + i, n), centre), scale, offset);
    if (weight) v = hn::Mul(v, load_n(weight + i, n));
    if (bias) v = hn::Add(v, load_n(bias + i, n));
    store_n(v, y + i, n);
  }
}

void layer_norm_f32(const Problem& problem, const Args& args) {
  const auto& p = std::get<LayerNorm>(problem);
  const float* weight = in_row_order(p, input_or_null<float>(args, 1), args, 0);
  const float* bias = in_row_order(p, input_or_null<float>(args, 2), args, 1);
  float *mean = output_or_null<float>(args, 1), *inv_std = output_or_null<float>(args, 2);
  for_rows(p, args.pool, [&](std::int64_t row) {
    forward_row(p, args.in<float>(0) + row * p.columns, weight, bias,
                args.out<float>(0) + row * p.columns, mean ? mean + row : nullptr,
                inv_std ? inv_std + row : nullptr);
  });
}

void backward_row(const LayerNorm& p, const float* dy, const float* x, const float* weight,
                  float mean, float inv_std, float* dx) {
  const F32 d;
  const VecF centre = hn::Set(d, mean);
  const auto cotangent = [&](std::int64_t i, std::int64_t n) {
    const VecF g = load_n(dy + i, n);
    return weight ? hn::Mul(g, load_n(weight + i, n)) : g;
  };
  const auto [sum, dot] =
      sum_row(p.columns, [&](std::int64_t i, std::int64_t n, VecF& sum0, VecF& sum1) {
        const VecF g = cotangent(i, n);  // zeros behind the row
        sum0 = hn::Add(sum0, g);
        sum1 = hn::MulAdd(g, hn::Sub(load_n(x + i, n), centre), sum1);
      });
  const double inverse = double(inv_std), columns = double(p.columns);
  const VecF scale = hn::Set(d, inv_std), offset = hn::Set(d, float(-inverse * sum / columns));
  const VecF slope = hn::Set(d, float(-inverse * inverse * inverse * dot / columns));
  for (std::int64_t i = 0; i < p.columns; i += kLanes) {
    const std::int64_t n = p.columns - i;
    const VecF through = hn::MulAdd(hn::Sub(load_n(x + i, n), centre), slope, offset);
    store_n(hn::MulAdd(cotangent(i, n), scale, through), dx + i, n);
  }
}

// Sums of dy and of dy times the normalised x, down the columns [from, to) of some rows.
void sum_columns(const LayerNorm& p, const Args& args, std::int64_t row, std::int64_t end,
                 std::int64_t from, std::int64_t to, float* sums, float* dots) {
  const F32 d;
  const float *dy = args.in<float>(0), *x = args.in<float>(1);
  const float *mean = args.in<float>(3), *inv_std = args.in<float>(4);
  for (std::int64_t c = from; c < to; c += kLanes) {
    VecF sum = hn::Zero(d), dot = hn::Zero(d);
    for (std::int64_t r = row; r < end; ++r) {
      const VecF g = load_n(dy + r * p.columns + c, to - c);
      const VecF v = hn::Sub(load_n(x + r * p.columns + c, to - c), hn::Set(d, mean[r]));
      sum = hn::Add(sum, g);
      dot = hn::MulAdd(g, hn::Mul(v, hn::Set(d, inv_std[r])), dot);
    }
    store_n(sum, sums + c, to - c);
    store_n(dot, dots + c, to - c);
  }
}

void weight_gradients(const LayerNorm& p, const Args& args, float* partials) {
  float *dweight = output_or_null<float>(args, 1), *dbias = output_or_null<float>(args, 2);
  if (!dweight && !dbias) return;
  const std::int64_t chunks = divide_up(p.rows, kLayerNormChunk),
                     blocks = divide_up(p.columns, kBlock);
  for_chunks(args.pool, chunks * blocks, 1, [&](std::int64_t task, std::int64_t last) {
    for (; task < last; ++task) {
      const std::int64_t chunk = task / blocks, row = chunk * kLayerNormChunk;
      const std::int64_t from = task % blocks * kBlock;
      float* sums = partials + chunk * 2 * p.columns;
      sum_columns(p, args, row, std::min(row + kLayerNormChunk, p.rows), from,
                  std::min(from + kBlock, p.columns), sums, sums + p.columns);
    }
  });
  for_chunks(args.pool, p.columns, kBlock, [&](std::int64_t j, std::int64_t end) {
    for (; j < end; ++j) {
      double sum = 0, dot = 0;
      for (std::int64_t chunk = 0; chunk < chunks; ++chunk) {
        sum += double(partials[chunk * 2 * p.columns + j]);
        dot += double(partials[(chunk * 2 + 1) * p.columns + j]);
      }
      if (dweight) dweight[weight_index(p, j)] = float(dot);
      if (dbias) dbias[weight_index(p, j)] = float(sum);
    }
  });
}

void layer_norm_grad_f32(const Problem& problem, const Args& args) {
  const auto& p = std::get<LayerNorm>(problem);
  const float* weight = in_row_order(p, args.in<float>(2), args, 0);
  if (args.out<float>(0)) {
    for_rows(p, args.pool, [&](std::int64_t row) {
      const std::int64_t at = row * p.columns;
      backward_row(p, args.in<float>(0) + at, args.in<float>(1) + at, weight,
                   args.in<float>(3)[row], args.in<float>(4)[row], args.out<float>(0) + at);
    });
  }
  float* partials = reinterpret_cast<float*>(args.scratch) + (p.channels == 0 ? 0 : p.columns);
  weight_gradients(p, args, partials);
}

}  // namespace noyau::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace noyau::kernels {

HWY_EXPORT(layer_norm_f32);
HWY_EXPORT(layer_norm_grad_f32);

void layer_norm_simd(const Problem& problem, const Args& args) noexcept {
  HWY_DYNAMIC_DISPATCH(layer_norm_f32)(problem, args);
}

void layer_norm_grad_simd(const Problem& problem, const Args& args) noexcept {
  HWY_DYNAMIC_DISPATCH(layer_norm_grad_f32)(problem, args);
}

std::size_t layer_norm_scratch(const Problem& problem) {
  const auto& p = std::get<LayerNorm>(problem);
  return p.channels == 0 ? 0 : std::size_t(2 * p.columns) * sizeof(float);
}

std::size_t layer_norm_grad_scratch(const Problem& problem) {
  const auto& p = std::get<LayerNorm>(problem);
  const std::int64_t partials = 2 * divide_up(p.rows, kLayerNormChunk) * p.columns;
  return std::size_t(partials + (p.channels == 0 ? 0 : p.columns)) * sizeof(float);
}

}  // namespace noyau::kernels
#endif  // HWY_ONCE
