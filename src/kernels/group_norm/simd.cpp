#include "kernels/simd.hpp"
// The macros above come before Highway.
#include <algorithm>
#include <cmath>

#include "kernels/chunks.hpp"
#include "kernels/fold.hpp"
#include "kernels/group_norm/group_norm.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/group_norm/simd.cpp"
#include "hwy/foreach_target.h"
#include "kernels/fold-inl.hpp"

// Sums down the columns of each image, chunk by chunk, merged per group in f64; then one pass over
// the image with numbers per column. Scratch: partials [batch][chunks][3][columns], then the
// numbers, [batch][4][columns].

HWY_BEFORE_NAMESPACE();
namespace noyau::kernels::HWY_NAMESPACE {

// Sums of dy and of dy * (x - mean).
struct GroupCotangents {
  static constexpr int kSums = 2;
  const float *dy, *x, *mean;
  VecF prepare(std::int64_t, std::int64_t column, std::int64_t) const {
    return hn::LoadU(F32(), mean + column);
  }
  HWY_INLINE void step(std::int64_t offset, std::int64_t, std::int64_t n, VecF m, VecF& sum,
                       VecF& dot) const {
    const VecF g = load_n(dy + offset, n);
    sum = hn::Add(sum, g);
    dot = hn::MulAdd(g, hn::Sub(load_n(x + offset, n), m), dot);
  }
};

struct GroupWork {
  const GroupNorm& p;
  const Args& args;
  Fold fold;
  float *partials, *numbers;

  GroupWork(const GroupNorm& problem, const Args& a)
      : p(problem), args(a), fold(p.positions, p.channels) {
    partials = reinterpret_cast<float*>(args.scratch);
    numbers = partials + p.batch * fold.chunks * 3 * fold.columns;
  }
  std::int64_t size() const { return p.channels / p.groups; }
  double count() const { return double(p.positions * size()); }
  std::int64_t image_elements() const { return p.positions * p.channels; }
  float* partial(std::int64_t image, std::int64_t chunk) const {
    return partials + (image * fold.chunks + chunk) * 3 * fold.columns;
  }
  /// Array `which` of the numbers per column of an image.
  float* number(std::int64_t image, std::int64_t which) const {
    return numbers + (image * 4 + which) * fold.columns;
  }
  /// Writes one channel's number to all of its columns.
  void spread(std::int64_t image, std::int64_t which, std::int64_t c, double value) const {
    float* columns = number(image, which);
    for (; c < fold.columns; c += fold.channels) columns[c] = float(value);
  }
};

// `make_op(image)` gives what to sum; a task is a chunk of an image.
template <class MakeOp>
void sum_images(const GroupWork& w, const MakeOp& make_op) {
  const std::int64_t grain = grain_for(std::min(w.image_elements(), 512 * w.p.channels));
  for_chunks(w.args.pool, w.p.batch * w.fold.chunks, grain, [&](std::int64_t i, std::int64_t end) {
    for (; i < end; ++i) {
      const std::int64_t image = i / w.fold.chunks, chunk = i % w.fold.chunks;
      const auto op = make_op(image);
      float* partial = w.partial(image, chunk);
      sum_columns(w.fold, op, w.fold.columns, chunk, 0, w.fold.columns, partial);
    }
  });
}

// Calls body(image, group) for all groups, some of them a task.
template <class Body>
void for_groups(const GroupWork& w, const Body& body) {
  const std::int64_t cost = w.fold.chunks * w.fold.factor * w.size() * 8;
  for_chunks(w.args.pool, w.p.batch * w.p.groups, grain_for(cost),
             [&](std::int64_t i, std::int64_t end) {
               for (; i < end; ++i) body(i / w.p.groups, i % w.p.groups);
             });
}

// Calls body(partial at a column of the group, channel, rows in it), in a fixed order.
template <class Body>
void for_partials(const GroupWork& w, std::int64_t image, std::int64_t group, const Body& body) {
  const std::int64_t from = group * w.size();
  for (std::int64_t chunk = 0; chunk < w.fold.chunks; ++chunk) {
    for (std::int64_t j = 0; j < w.fold.factor; ++j) {
      const std::int64_t rows = w.fold.count(chunk, j);
      const float* partial = w.partial(image, chunk) + j * w.fold.channels;
      for (std::int64_t c = from; rows > 0 && c < from + w.size(); ++c) {
        body(partial + c, c, double(rows));
      }
    }
  }
}

// Mean and biased variance: each column's own, merged (Chan, Golub and LeVeque 1983).
std::pair<double, double> moments(const GroupWork& w, std::int64_t image, std::int64_t group) {
  double mean = 0, variance = 0;
  for_partials(w, image, group, [&](const float* partial, std::int64_t, double rows) {
    mean += double(partial[0]) * rows + double(partial[w.fold.columns]);
  });
  mean /= w.count();
  for_partials(w, image, group, [&](const float* partial, std::int64_t, double rows) {
    const double sum = double(partial[w.fold.columns]), from_shift = sum / rows;
    const double apart = double(partial[0]) + from_shift - mean;
    variance += double(partial[2 * w.fold.columns]) - from_shift * sum + rows * apart * apart;
  });
  return {mean, std::max(0.0, variance / w.count())};
}

// Calls body(image, element of the tensor, column, n) for every vector of the batch.
template <class Body>
void for_vectors(const GroupWork& w, const Body& body) {
  const Fold& fold = w.fold;
  const std::int64_t rows = fold.all_rows();
  for_chunks(w.args.pool, w.p.batch * rows, grain_for(fold.columns),
             [&](std::int64_t i, std::int64_t end) {
               for (; i < end; ++i) {
                 const std::int64_t image = i / rows, row = i % rows;
                 const std::int64_t at = image * w.image_elements() + row * fold.columns;
                 const std::int64_t n = row < fold.full_rows ? fold.columns : fold.rest;
                 for (std::int64_t c = 0; c < n; c += kLanes) body(image, at + c, c, n - c);
               }
             });
}

enum ForwardNumber : std::int64_t { kMean, kScale, kBias };

void forward_numbers(const GroupWork& w, std::int64_t image, std::int64_t group) {
  const float *weight = input_or_null<float>(w.args, 1), *bias = input_or_null<float>(w.args, 2);
  float *mean_out = output_or_null<float>(w.args, 1), *inv_std = output_or_null<float>(w.args, 2);
  const auto [mean, variance] = moments(w, image, group);
  const double inverse = 1 / std::sqrt(variance + w.p.eps);
  if (mean_out) mean_out[image * w.p.groups + group] = float(mean);
  if (inv_std) inv_std[image * w.p.groups + group] = float(inverse);
  const double lost = mean - double(float(mean));
  for (std::int64_t c = group * w.size(); c < (group + 1) * w.size(); ++c) {
    const double scale = inverse * (weight ? double(weight[c]) : 1);
    w.spread(image, kMean, c, mean);
    w.spread(image, kScale, c, scale);
    w.spread(image, kBias, c, (bias ? double(bias[c]) : 0) - lost * scale);
  }
}

void group_norm_f32(const Problem& problem, const Args& args) {
  const auto& p = std::get<GroupNorm>(problem);
  if (p.batch == 0) return;
  const F32 d;
  const GroupWork w(p, args);
  const float* x = args.in<float>(0);
  float* y = args.out<float>(0);
  sum_images(w, [&](std::int64_t image) { return Statistics{x + image * w.image_elements()}; });
  for_groups(w, [&](std::int64_t image, std::int64_t group) { forward_numbers(w, image, group); });
  for_vectors(w, [&](std::int64_t image, std::int64_t at, std::int64_t c, std::int64_t n) {
    const VecF centred = hn::Sub(load_n(x + at, n), hn::LoadU(d, w.number(image, kMean) + c));
    const VecF scale = hn::LoadU(d, w.number(image, kScale) + c);
    store_n(hn::MulAdd(centred, scale, hn::LoadU(d, w.number(image, kBias) + c)), y + at, n);
  });
}

enum BackwardNumber : std::int64_t { kCentre, kFactor, kSlope, kOffset };

// dx = dy * factor + (x - mean) * slope + offset.
void backward_numbers(const GroupWork& w, std::int64_t image, std::int64_t group) {
  const float* weight = w.args.in<float>(2);
  const double inverse = double(w.args.in<float>(4)[image * w.p.groups + group]);
  const auto weight_of = [&](std::int64_t c) { return weight ? double(weight[c]) : 1.0; };
  double sum = 0, dot = 0;
  for_partials(w, image, group, [&](const float* partial, std::int64_t c, double) {
    sum += weight_of(c) * double(partial[w.fold.columns]);
    dot += weight_of(c) * double(partial[2 * w.fold.columns]);
  });
  for (std::int64_t c = group * w.size(); c < (group + 1) * w.size(); ++c) {
    w.spread(image, kFactor, c, inverse * weight_of(c));
    w.spread(image, kSlope, c, -inverse * inverse * inverse * dot / w.count());
    w.spread(image, kOffset, c, -inverse * sum / w.count());
  }
}

// Sums over the batch, image after image.
void weight_gradients(const GroupWork& w) {
  float *dweight = output_or_null<float>(w.args, 1), *dbias = output_or_null<float>(w.args, 2);
  if (!dweight && !dbias) return;
  for_chunks(w.args.pool, w.p.channels, 16, [&](std::int64_t c, std::int64_t end) {
    for (; c < end; ++c) {
      double sum = 0, dot = 0;
      for (std::int64_t i = 0; i < w.p.batch * w.fold.chunks; ++i) {
        const std::int64_t image = i / w.fold.chunks;
        const float* partial = w.partial(image, i % w.fold.chunks) + w.fold.columns;
        double dot_of_chunk = 0;
        for (std::int64_t column = c; column < w.fold.columns; column += w.fold.channels) {
          sum += double(partial[column]);
          dot_of_chunk += double(partial[w.fold.columns + column]);
        }
        dot += dot_of_chunk * double(w.args.in<float>(4)[image * w.p.groups + c / w.size()]);
      }
      if (dweight) dweight[c] = float(dot);
      if (dbias) dbias[c] = float(sum);
    }
  });
}

void group_norm_grad_f32(const Problem& problem, const Args& args) {
  const auto& p = std::get<GroupNorm>(problem);
  const F32 d;
  const GroupWork w(p, args);
  const float *dy = args.in<float>(0), *x = args.in<float>(1), *mean = args.in<float>(3);
  float* dx = args.out<float>(0);
  for_groups(w, [&](std::int64_t image, std::int64_t group) {
    for (std::int64_t c = group * w.size(); c < (group + 1) * w.size(); ++c) {
      w.spread(image, kCentre, c, double(mean[image * p.groups + group]));
    }
  });
  sum_images(w, [&](std::int64_t image) {
    const std::int64_t at = image * w.image_elements();
    return GroupCotangents{dy + at, x + at, w.number(image, kCentre)};
  });
  weight_gradients(w);
  if (!dx) return;
  for_groups(w, [&](std::int64_t image, std::int64_t group) { backward_numbers(w, image, group); });
  for_vectors(w, [&](std::int64_t image, std::int64_t at, std::int64_t c, std::int64_t n) {
    const VecF centred = hn::Sub(load_n(x + at, n), hn::LoadU(d, w.number(image, kCentre) + c));
    const VecF through = hn::MulAdd(centred, hn::LoadU(d, w.number(image, kSlope) + c),
                                    hn::LoadU(d, w.number(image, kOffset) + c));
    const VecF factor = hn::LoadU(d, w.number(image, kFactor) + c);
    store_n(hn::MulAdd(load_n(dy + at, n), factor, through), dx + at, n);
  });
}

}  // namespace noyau::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace noyau::kernels {

HWY_EXPORT(group_norm_f32);
HWY_EXPORT(group_norm_grad_f32);

void group_norm_simd(const Problem& problem, const Args& args) noexcept {
  HWY_DYNAMIC_DISPATCH(group_norm_f32)(problem, args);
}

void group_norm_grad_simd(const Problem& problem, const Args& args) noexcept {
  HWY_DYNAMIC_DISPATCH(group_norm_grad_f32)(problem, args);
}

std::size_t group_norm_scratch(const Problem& problem) {
  const auto& p = std::get<GroupNorm>(problem);
  const Fold fold(p.positions, p.channels);
  return std::size_t(p.batch * (3 * fold.chunks + 4) * fold.columns) * sizeof(float);
}

}  // namespace noyau::kernels
#endif  // HWY_ONCE
