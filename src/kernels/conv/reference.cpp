// The convolution passes as their definition reads: one sum per output element.

#include "kernels/activated.hpp"
#include "kernels/chunks.hpp"
#include "kernels/conv/conv.hpp"
#include "kernels/norm/carried.hpp"

namespace noyau::kernels {
namespace {

struct Index {
  const Conv& c;
  std::int64_t in_group = c.in_channels / c.groups, out_group = c.out_channels / c.groups;

  std::int64_t x(std::int64_t n, const Dims& i) const {
    return (((n * c.in[0] + i[0]) * c.in[1] + i[1]) * c.in[2] + i[2]) * x_pixel(c);
  }
  std::int64_t y_pixel_of(std::int64_t n, const Dims& o) const {
    return ((n * c.out[0] + o[0]) * c.out[1] + o[1]) * c.out[2] + o[2];
  }
  std::int64_t y(std::int64_t n, const Dims& o) const { return y_pixel_of(n, o) * y_pixel(c); }
  std::int64_t weight(std::int64_t oc, std::int64_t ic, const Dims& k) const {
    return (((oc * in_group + ic) * c.kernel[0] + k[0]) * c.kernel[1] + k[1]) * c.kernel[2] + k[2];
  }
  /// The input position that tap k of output position o reads; false when it is padding.
  bool input_of(const Dims& o, const Dims& k, Dims& i) const {
    for (int d = 0; d < 3; ++d) {
      i[d] = o[d] * c.stride[d] - c.pad[d] + k[d] * c.dilation[d];
      if (i[d] < 0 || i[d] >= c.in[d]) return false;
    }
    return true;
  }
};

/// x as the convolution reads it; `mean` is the input slot of the first of the norm's numbers.
template <class T>
struct Source {
  const Conv& c;
  const T *x, *mean, *scale, *shift;

  Source(const Conv& conv, const Args& args, std::size_t slot)
      : c(conv),
        x(args.in<T>(0)),
        mean(conv.normalised ? args.in<T>(slot) : nullptr),
        scale(conv.normalised ? args.in<T>(slot + 1) : nullptr),
        shift(conv.normalised ? input_or_null<T>(args, slot + 2) : nullptr) {}
  T operator()(std::int64_t pixel, std::int64_t channel) const {
    const T v = x[pixel + channel];
    if (!c.normalised) return v;
    return normalised_reference(c, v, mean[channel], scale[channel], shift ? shift[channel] : T(0));
  }
};

template <class F>
void each(const Dims& extents, F&& f) {
  for (std::int64_t d = 0; d < extents[0]; ++d)
    for (std::int64_t h = 0; h < extents[1]; ++h)
      for (std::int64_t w = 0; w < extents[2]; ++w) f(Dims{d, h, w});
}

template <class T>
void forward(const Conv& c, const Args& args) {
  const Source<T> x(c, args, kInMean);
  const T *weight = args.in<T>(1), *bias = c.bias ? args.in<T>(2) : nullptr;
  const T* residual = c.residual ? args.in<T>(kResidual) : nullptr;
  T* y = args.out<T>(0);
  const Index at{c};
  args.pool.run(c.batch * c.out_channels, [&](std::int64_t task, int) {
    const std::int64_t n = task / c.out_channels, oc = task % c.out_channels;
    const std::int64_t first = oc / at.out_group * at.in_group;
    each(c.out, [&](const Dims& o) {
      T sum = 0;
      each(c.kernel, [&](const Dims& k) {
        Dims i;
        if (!at.input_of(o, k, i)) return;
        for (std::int64_t ic = 0; ic < at.in_group; ++ic)
          sum += x(at.x(n, i), first + ic) * weight[at.weight(oc, ic, k)];
      });
      if (bias != nullptr) sum += bias[oc];
      if (residual != nullptr) sum += residual[at.y_pixel_of(n, o) * c.out_channels + oc];
      y[at.y(n, o) + oc] = activated(sum, c.activation);
    });
  });
}

template <class T>
void grad_input(const Conv& c, const Args& args) {
  const T *dy = args.in<T>(0), *weight = args.in<T>(1), *bias = c.bias ? args.in<T>(2) : nullptr;
  const T* residual = c.residual ? args.in<T>(kResidual) : nullptr;
  T* dx = args.out<T>(0);
  const Index at{c};
  args.pool.run(c.batch * c.in_channels, [&](std::int64_t task, int) {
    const std::int64_t n = task / c.in_channels, ic = task % c.in_channels;
    const std::int64_t group = ic / at.in_group;
    each(c.in, [&](const Dims& i) {
      T& start = dx[at.x(n, i) + ic];
      start = residual == nullptr ? T(0) : residual[at.x(n, i) + ic];
      if (bias != nullptr) start += bias[ic];
    });
    each(c.out, [&](const Dims& o) {
      each(c.kernel, [&](const Dims& k) {
        Dims i;
        if (!at.input_of(o, k, i)) return;
        for (std::int64_t oc = group * at.out_group; oc < (group + 1) * at.out_group; ++oc)
          dx[at.x(n, i) + ic] += dy[at.y(n, o) + oc] * weight[at.weight(oc, ic % at.in_group, k)];
      });
    });
  });
}

template <class T>
void grad_weight(const Conv& c, const Args& args) {
  const Source<T> x(c, args, 2);
  const T* dy = args.in<T>(1);
  T* dweight = args.out<T>(0);
  const Index at{c};
  args.pool.run(c.out_channels * at.in_group, [&](std::int64_t task, int) {
    const std::int64_t oc = task / at.in_group, ic = task % at.in_group;
    const std::int64_t channel = oc / at.out_group * at.in_group + ic;
    each(c.kernel, [&](const Dims& k) {
      T sum = 0;
      for (std::int64_t n = 0; n < c.batch; ++n)
        each(c.out, [&](const Dims& o) {
          Dims i;
          if (at.input_of(o, k, i)) sum += x(at.x(n, i), channel) * dy[at.y(n, o) + oc];
        });
      dweight[at.weight(oc, ic, k)] = sum;
    });
  });
}

}  // namespace

void conv_reference(const Problem& problem, const Args& args) noexcept {
  const auto& c = std::get<Conv>(problem);
  c.dtype == DType::f64 ? forward<double>(c, args) : forward<float>(c, args);
  if (c.statistics) statistics_reference(c, args);
}

void conv_grad_input_reference(const Problem& problem, const Args& args) noexcept {
  const auto& c = std::get<Conv>(problem);
  c.dtype == DType::f64 ? grad_input<double>(c, args) : grad_input<float>(c, args);
  if (c.norm_grad) norm_grad_reference(c, args);
}

void conv_grad_weight_reference(const Problem& problem, const Args& args) noexcept {
  const auto& c = std::get<Conv>(problem);
  c.dtype == DType::f64 ? grad_weight<double>(c, args) : grad_weight<float>(c, args);
}

}  // namespace noyau::kernels
