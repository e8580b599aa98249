// What the batch norm kernels share. Compiled per instruction set.
#if defined(NOYAU_KERNELS_NORM_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef NOYAU_KERNELS_NORM_INL
#undef NOYAU_KERNELS_NORM_INL
#else
#define NOYAU_KERNELS_NORM_INL
#endif

#include <algorithm>
#include <cmath>

#include "kernels/fold-inl.hpp"
#include "kernels/norm/norm.hpp"

HWY_BEFORE_NAMESPACE();
namespace noyau::kernels::HWY_NAMESPACE {

inline constexpr std::int64_t kChannels = 16;  // channels merged together

// Numbers per column, one array after the other: y = (x - mean) * scale + bias forward; in the
// gradient dx = g * scale + (x - mean) * slope + offset.
struct Parameters {
  float *mean, *scale, *bias, *slope, *offset, *end;
  Parameters(const Fold& fold, std::byte* scratch)
      : mean(reinterpret_cast<float*>(scratch)),
        scale(mean + fold.columns),
        bias(scale + fold.columns),
        slope(bias + fold.columns),
        offset(slope + fold.columns),
        end(offset + fold.columns) {}
};

HWY_INLINE VecF normalised(const Parameters& p, VecF x, std::int64_t column) {
  const F32 d;
  const VecF centred = hn::Sub(x, hn::LoadU(d, p.mean + column));
  return hn::MulAdd(centred, hn::LoadU(d, p.scale + column), hn::LoadU(d, p.bias + column));
}

// Calls body(offset, column, n, row) for every vector of the folded matrix.
template <class Body>
void for_vectors(const Fold& fold, ThreadPool& pool, const Body& body) {
  const std::int64_t grain = grain_for(fold.columns);
  for_chunks(pool, fold.all_rows(), grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < std::min(end, fold.full_rows); ++row) {
      const std::int64_t offset = row * fold.columns;
      for (std::int64_t c = 0; c < fold.columns; c += kLanes) body(offset + c, c, kLanes, row);
    }
    if (end <= fold.full_rows) return;
    const std::int64_t offset = fold.full_rows * fold.columns;
    for (std::int64_t c = 0; c < fold.rest; c += kLanes)
      body(offset + c, c, fold.rest - c, fold.full_rows);
  });
}

// Floats from one row of the folded matrix to the next, where a row of the tensor has `width` of
// them; 0: as many as there are columns.
inline std::int64_t row_of(const Fold& fold, std::int64_t width) {
  return width != 0 ? width : fold.columns;
}

template <bool kResidual, Activation kActivation>
void normalise(const Norm& p, const Fold& fold, const Args& args, const float* residual,
               const Parameters& parameters) {
  const float* x = args.in<float>(0);
  float* y = args.out<float>(0);
  const std::int64_t x_row = row_of(fold, p.x_width), y_row = row_of(fold, p.y_width);
  for_vectors(fold, args.pool,
              [&](std::int64_t i, std::int64_t c, std::int64_t n, std::int64_t row) {
                VecF v = normalised(parameters, load_n(x + row * x_row + c, n), c);
                if (kResidual) v = hn::Add(v, load_n(residual + i, n));
                if (kActivation != Activation::none) v = relu(v);
                if (kActivation == Activation::relu6) {
                  const VecF six = hn::Set(F32(), 6);
                  v = hn::IfThenElse(hn::Gt(v, six), six, v);  // a NaN stays one
                }
                store_n(v, y + row * y_row + c, n);
              });
}

// The sums of `merge_moments`.
inline void sum_statistics(const Norm& p, const Fold& fold, const float* x, float* partials,
                           ThreadPool& pool) {
  sum_all_columns(fold, Statistics{x}, row_of(fold, p.x_width), partials, pool);
}

// Merges the chunks of up to 16 channels (Chan, Golub and LeVeque 1983, all groups at once), in
// the order of the chunks.
inline void merge_moments(const Fold& fold, const float* partials, std::int64_t from,
                          std::int64_t n, double rows, double* mean, double* variance) {
  std::fill_n(mean, n, 0.0);
  std::fill_n(variance, n, 0.0);
  const auto for_groups = [&](auto&& body) {
    for (std::int64_t chunk = 0; chunk < fold.chunks; ++chunk) {
      for (std::int64_t j = 0; j < fold.factor; ++j) {
        const double count = double(fold.count(chunk, j));
        if (count == 0) continue;
        const float* shift = partials + chunk * 3 * fold.columns + j * fold.channels + from;
        body(count, shift, shift + fold.columns, shift + 2 * fold.columns);
      }
    }
  };
  for_groups([&](double count, const float* shift, const float* sum, const float*) {
    for (std::int64_t c = 0; c < n; ++c) mean[c] += double(shift[c]) * count + double(sum[c]);
  });
  for (std::int64_t c = 0; c < n; ++c) mean[c] /= rows;
  for_groups([&](double count, const float* shift, const float* sum, const float* squares) {
    const double inverse = 1 / count;
    for (std::int64_t c = 0; c < n; ++c) {
      const double from_shift = double(sum[c]) * inverse;
      const double apart = double(shift[c]) + from_shift - mean[c];
      variance[c] += double(squares[c]) - from_shift * double(sum[c]) + count * apart * apart;
    }
  });
  for (std::int64_t c = 0; c < n; ++c) variance[c] = std::max(0.0, variance[c] / rows);
}

// Writes one channel's number to all of its columns.
inline void spread(const Fold& fold, float* columns, std::int64_t c, double value) {
  for (std::int64_t j = 0; j < fold.factor; ++j) columns[j * fold.channels + c] = float(value);
}

// The tensors of the statistics; what is null is not wanted.
struct StatisticsOf {
  const float* weight;
  float *running_mean, *running_var;
  float *mean, *inv_std, *scale;
};

// Mean and scale of channels [from, from + n), for `put(channel, mean, scale)`.
template <class Put>
void channel_statistics(const Norm& p, const Fold& fold, const float* partials,
                        const StatisticsOf& of, std::int64_t from, std::int64_t n, const Put& put) {
  const double rows = double(p.rows);
  double mean[kChannels], variance[kChannels];
  if (p.training) merge_moments(fold, partials, from, n, rows, mean, variance);
  for (std::int64_t i = 0; i < n; ++i) {
    const std::int64_t c = from + i;
    float &running_mean = of.running_mean[c], &running_var = of.running_var[c];
    if (p.training) {
      const double unbiased = p.rows > 1 ? variance[i] * rows / (rows - 1) : variance[i];
      running_mean = float((1 - p.momentum) * double(running_mean) + p.momentum * mean[i]);
      running_var = float((1 - p.momentum) * double(running_var) + p.momentum * unbiased);
    } else {
      mean[i] = double(running_mean);
      variance[i] = double(running_var);
    }
    const double inverse = 1 / std::sqrt(variance[i] + p.eps);
    if (p.training && of.mean) of.mean[c] = float(mean[i]);
    if (p.training && of.inv_std) of.inv_std[c] = float(inverse);
    const double scale = inverse * (of.weight ? double(of.weight[c]) : 1);
    if (p.training && of.scale) of.scale[c] = float(scale);
    put(c, mean[i], scale);
  }
}

// The same of all channels.
template <class Put>
void all_statistics(const Norm& p, const Fold& fold, const float* partials, const StatisticsOf& of,
                    ThreadPool& pool, const Put& put) {
  for_chunks(pool, p.channels, kChannels, [&](std::int64_t begin, std::int64_t end) {
    for (; begin < end; begin += kChannels)
      channel_statistics(p, fold, partials, of, begin, std::min(kChannels, end - begin), put);
  });
}

inline void normalise_activated(const Norm& p, const Fold& fold, const Args& args,
                                const float* residual, const Parameters& parameters) {
  switch (p.activation) {
    case Activation::none:
      return residual ? normalise<true, Activation::none>(p, fold, args, residual, parameters)
                      : normalise<false, Activation::none>(p, fold, args, residual, parameters);
    case Activation::relu:
      return residual ? normalise<true, Activation::relu>(p, fold, args, residual, parameters)
                      : normalise<false, Activation::relu>(p, fold, args, residual, parameters);
    case Activation::relu6:
      return residual ? normalise<true, Activation::relu6>(p, fold, args, residual, parameters)
                      : normalise<false, Activation::relu6>(p, fold, args, residual, parameters);
  }
}

// The numbers of `apply_gradient` for channel c.
inline void spread_sums(const Norm& p, const Fold& fold, const Parameters& parameters,
                        std::int64_t c, double scale, double inverse, double sum, double dweight) {
  spread(fold, parameters.slope, c, -scale * inverse * dweight / double(p.rows));
  spread(fold, parameters.offset, c, -scale * sum / double(p.rows));
}

}  // namespace noyau::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
