#pragma once

#include <span>

#include "kernels/kernel.hpp"

/// Convolution and linear layers, any kernel size, stride, padding, dilation and groups.
///   conv              (x, weight, bias?, residual?, ...) -> y = activation(conv + bias + residual)
///   conv_grad_input   (dy, weight, bias?, residual?, ...) -> dx; with a bias it is a transposed
///                     convolution
///   conv_grad_weight  (x, dy, mean?, scale?, shift?) -> dweight
/// Activations are NDHWC, weights OIDHW. The problem says which batch norms around the convolution
/// it takes over (norm/carried.hpp), and so which of the further inputs and outputs there are.
namespace noyau::kernels {

/// The input that is added, in whose place the output may be written.
inline constexpr int kResidual = 3;

/// Further inputs of conv: `normalised` reads (x - mean) * scale + shift in place of x;
/// `statistics` shifts the sums by the running mean and updates both running numbers in place.
enum ConvInput : std::size_t {
  kInMean = 4,
  kInScale,
  kInShift,
  kNormWeight,
  kRunningMean,
  kRunningVar
};
/// Further outputs of conv with `statistics`.
enum ConvOutput : std::size_t { kOutMean = 1, kOutInvStd, kOutScale };

/// Further inputs of conv_grad_input with `norm_grad`: what the norm read, its saved numbers and,
/// where a residual was added behind it, what it put out, which then decides on the mask.
enum ConvGradInput : std::size_t {
  kNormX = 4,
  kNormMean,
  kNormInvStd,
  kNormScale,
  kNormShift,
  kNormY
};
/// Further outputs of conv_grad_input with `norm_grad`.
enum ConvGradOutput : std::size_t { kNormWeightGrad = 1, kNormBiasGrad };

/// Floats from one pixel of x, of y or of norm_x to the next.
inline std::int64_t x_pixel(const Conv& c) { return c.x_width != 0 ? c.x_width : c.in_channels; }
inline std::int64_t y_pixel(const Conv& c) { return c.y_width != 0 ? c.y_width : c.out_channels; }
inline std::int64_t norm_pixel(const Conv& c) {
  return c.norm_width != 0 ? c.norm_width : c.in_channels;
}

/// Of a kernel that only knows tensors whose pixels follow each other; empty when they do.
std::string refuse_wide(const Conv& conv);

std::span<const Kernel> conv_kernels();
std::span<const Kernel> conv_grad_input_kernels();
std::span<const Kernel> conv_grad_weight_kernels();

/// The scalar versions that define what the fast ones must equal.
void conv_reference(const Problem& problem, const Args& args) noexcept;
void conv_grad_input_reference(const Problem& problem, const Args& args) noexcept;
void conv_grad_weight_reference(const Problem& problem, const Args& args) noexcept;

}  // namespace noyau::kernels
