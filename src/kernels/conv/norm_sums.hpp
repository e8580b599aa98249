#pragma once

#include "kernels/chunks.hpp"
#include "kernels/conv/conv.hpp"

namespace noyau::kernels {

/// The two sums per channel of dst (norm/carried.hpp) that the batch norm behind a convolution
/// wants, or the gradient of the one before it, and what they are made from. mean is null where
/// none are wanted; x, for statistics; y, where the mask follows from x; shift, where it is 0.
struct NormSums {
  float *first = nullptr, *second = nullptr;  ///< of a piece; added to
  const float *mean = nullptr, *scale = nullptr, *shift = nullptr;
  const float *x = nullptr, *y = nullptr;  ///< y: laid out as dst
  Activation activation = Activation::none;
  std::int64_t x_pixel = 0;  ///< floats from one pixel of x to the next

  /// Those of the columns from `channel` on, and of the pixels from `pixel` on, which are `row`
  /// floats apart in dst.
  NormSums from(std::int64_t channel, std::int64_t pixel, std::int64_t row) const {
    const auto moved = [](auto* p, std::int64_t by) { return p == nullptr ? p : p + by; };
    return {first + channel,
            second + channel,
            mean + channel,
            moved(scale, channel),
            moved(shift, channel),
            moved(x, pixel * x_pixel + channel),
            moved(y, pixel * row + channel),
            activation,
            x_pixel};
  }
};

/// Sums of y and of its square, both from the running mean on.
inline NormSums statistics_sums(const Args& args, float* first) {
  return {.first = first, .mean = args.in<float>(kRunningMean)};
}

/// Sums of the masked dx, and of its products with x from the mean on.
inline NormSums norm_grad_sums(const Conv& c, const Args& args, float* first) {
  return {.first = first,
          .mean = args.in<float>(kNormMean),
          .scale = input_or_null<float>(args, kNormScale),
          .shift = input_or_null<float>(args, kNormShift),
          .x = args.in<float>(kNormX),
          .y = input_or_null<float>(args, kNormY),
          .activation = c.norm_activation,
          .x_pixel = norm_pixel(c)};
}

}  // namespace noyau::kernels
