#include "kernels/activated.hpp"
#include "kernels/chunks.hpp"
#include "kernels/conv/conv.hpp"
#include "kernels/depthwise/depthwise.hpp"
#include "kernels/norm/carried.hpp"
#include "kernels/window.hpp"

namespace noyau::kernels {
namespace {

// Calls body(tap, output pixel, input pixel) for every pair of pixels that a tap joins.
template <class Body>
void for_pairs(const Conv& p, Body&& body) {
  for (std::int64_t o = 0; o < p.batch * volume(p.out); ++o) {
    const std::int64_t n = o / volume(p.out);
    const Window d = window_of(p, 0, o / (p.out[1] * p.out[2]) % p.out[0]);
    const Window h = window_of(p, 1, o / p.out[2] % p.out[1]);
    const Window w = window_of(p, 2, o % p.out[2]);
    for (std::int64_t i = d.begin; i < d.end; ++i) {
      for (std::int64_t j = h.begin; j < h.end; ++j) {
        for (std::int64_t k = w.begin; k < w.end; ++k) {
          const std::int64_t depth = n * p.in[0] + d.start + i * p.dilation[0];
          const std::int64_t row = depth * p.in[1] + h.start + j * p.dilation[1];
          body((i * p.kernel[1] + j) * p.kernel[2] + k, o,
               row * p.in[2] + w.start + k * p.dilation[2]);
        }
      }
    }
  }
}

// x as the convolution reads it; `mean` is the input slot of the first of the norm's numbers.
template <class T>
T input_of(const Conv& p, const Args& args, std::size_t mean, std::int64_t i, std::int64_t c) {
  const T x = args.in<T>(0)[i * x_pixel(p) + c];
  if (!p.normalised) return x;
  const T* shift = input_or_null<T>(args, mean + 2);
  return normalised_reference(p, x, args.in<T>(mean)[c], args.in<T>(mean + 1)[c],
                              shift ? shift[c] : T(0));
}

}  // namespace

void depthwise_reference(const Problem& problem, const Args& args) noexcept {
  const Conv& p = std::get<Conv>(problem);
  const std::int64_t channels = p.out_channels, taps = volume(p.kernel);
  with_float_type(p.dtype, [&]<class T>(T) {
    const T *weight = args.in<T>(1), *bias = input_or_null<T>(args, 2);
    T* y = args.out<T>(0);
    const auto at = [&](std::int64_t o, std::int64_t c) -> T& { return y[o * y_pixel(p) + c]; };
    for (std::int64_t i = 0; i < p.batch * volume(p.out) * channels; ++i) {
      at(i / channels, i % channels) = bias ? bias[i % channels] : T(0);
    }
    for_pairs(p, [&](std::int64_t tap, std::int64_t o, std::int64_t i) {
      for (std::int64_t c = 0; c < channels; ++c) {
        at(o, c) += weight[c * taps + tap] * input_of<T>(p, args, kInMean, i, c);
      }
    });
    for (std::int64_t i = 0; i < p.batch * volume(p.out) * channels; ++i) {
      T& v = at(i / channels, i % channels);
      v = activated(v, p.activation);
    }
  });
  if (p.statistics) statistics_reference(p, args);
}

void depthwise_grad_input_reference(const Problem& problem, const Args& args) noexcept {
  const Conv& p = std::get<Conv>(problem);
  const std::int64_t channels = p.out_channels, taps = volume(p.kernel);
  with_float_type(p.dtype, [&]<class T>(T) {
    const T *dy = args.in<T>(0), *weight = args.in<T>(1), *bias = input_or_null<T>(args, 2);
    T* dx = args.out<T>(0);
    for (std::int64_t i = 0; i < p.batch * volume(p.in) * channels; ++i) {
      dx[i] = bias ? bias[i % channels] : T(0);
    }
    for_pairs(p, [&](std::int64_t tap, std::int64_t o, std::int64_t i) {
      for (std::int64_t c = 0; c < channels; ++c) {
        dx[i * channels + c] += weight[c * taps + tap] * dy[o * channels + c];
      }
    });
  });
  if (p.norm_grad) norm_grad_reference(p, args);
}

void depthwise_grad_weight_reference(const Problem& problem, const Args& args) noexcept {
  const Conv& p = std::get<Conv>(problem);
  const std::int64_t channels = p.out_channels, taps = volume(p.kernel);
  with_float_type(p.dtype, [&]<class T>(T) {
    const T* dy = args.in<T>(1);
    T* dweight = args.out<T>(0);
    std::fill_n(dweight, channels * taps, T(0));
    for_pairs(p, [&](std::int64_t tap, std::int64_t o, std::int64_t i) {
      for (std::int64_t c = 0; c < channels; ++c) {
        dweight[c * taps + tap] += input_of<T>(p, args, 2, i, c) * dy[o * channels + c];
      }
    });
  });
}

}  // namespace noyau::kernels
