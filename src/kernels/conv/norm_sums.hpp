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
  const float *x = nullptr, *y = nullptr;  ///< laid out as dst
  Activation activation = Activation::none;

  /// Those of the columns from `channel` on, and of dst from its element `element` on.
  NormSums from(std::int64_t channel, std::int64_t element) const {
    const auto moved = [](auto* p, std::int64_t by) { return p == nullptr ? p : p + by; };
    return {first + channel,       second + channel,  mean + channel,    moved(scale, channel),
            moved(shift, channel), moved(x, element), moved(y, element), activation};
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
          .activation = c.norm_activation};
}

}  // namespace noyau::kernels
