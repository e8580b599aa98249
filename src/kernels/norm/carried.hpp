#pragma once

#include <string>

#include "kernels/kernel.hpp"

/// Batch norms that a convolution (dense, grouped or depthwise) takes over, so that tensors are not
/// read again for them:
///   normalised   x is normalised on the way in: (x - mean) * scale + shift, then input_activation
///   statistics   on the way out, sums of y give the mean and variance of the norm that reads it
///   norm_grad    on the way out, dx is masked by the norm's activation and summed
/// Slots of inputs and outputs: conv/conv.hpp; conv_grad_weight has mean, scale and shift at 2
/// to 4.
///
/// A kernel that makes sums cuts the output in pieces, by shape alone, and leaves for each piece
/// two rows of one number per channel. Of statistics: sums of y - running_mean and of their
/// squares. Of norm_grad: sums of g and of g * (x - mean), where g is the masked dx.
namespace noyau::kernels {

/// Bytes of the sums of `pieces` pieces of `channels`.
inline std::size_t piece_sums_bytes(std::int64_t pieces, std::int64_t channels) {
  return std::size_t(pieces * 2 * channels) * sizeof(float);
}

/// Writes mean, inv_std and scale, and updates the running numbers, from sums [piece][2][channel].
void finish_statistics(const Conv& conv, const Args& args, const float* sums, std::int64_t pieces);

/// Writes the gradients of the norm's weight and bias from sums [piece][2][channel].
void finish_norm_grad(const Conv& conv, const Args& args, const float* sums, std::int64_t pieces);

/// What of this a kernel refuses that takes over nothing and knows no tensors among the channels
/// of wider ones; empty when nothing is asked.
std::string refuse_carried(const Conv& conv);

/// The scalar versions, run on y or dx after the convolution; `normalised_reference` gives x as the
/// convolution is to read it.
void statistics_reference(const Conv& conv, const Args& args);
void norm_grad_reference(const Conv& conv, const Args& args);

template <class T>
T normalised_reference(const Conv& conv, T x, T mean, T scale, T shift) {
  const double v = (double(x) - double(mean)) * double(scale) + double(shift);
  if (conv.input_activation == Activation::none) return T(v);
  if (conv.input_activation == Activation::relu6 && v > 6) return T(6);
  return v < 0 ? T(0) : T(v);
}

}  // namespace noyau::kernels
