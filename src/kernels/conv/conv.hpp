#pragma once

#include <span>

#include "kernels/kernel.hpp"

/// Convolution and linear layers, any kernel size, stride, padding, dilation and groups.
///   conv              (x, weight, bias?, residual?) -> y = activation(conv + bias + residual)
///   conv_grad_input   (dy, weight, bias?, residual?) -> dx; with a bias it is a transposed
///                     convolution
///   conv_grad_weight  (x, dy) -> dweight
/// Activations are NDHWC, weights OIDHW.
namespace noyau::kernels {

/// The input that is added, in whose place the output may be written.
inline constexpr int kResidual = 3;

std::span<const Kernel> conv_kernels();
std::span<const Kernel> conv_grad_input_kernels();
std::span<const Kernel> conv_grad_weight_kernels();

/// The scalar versions that define what the fast ones must equal.
void conv_reference(const Problem& problem, const Args& args) noexcept;
void conv_grad_input_reference(const Problem& problem, const Args& args) noexcept;
void conv_grad_weight_reference(const Problem& problem, const Args& args) noexcept;

}  // namespace noyau::kernels
