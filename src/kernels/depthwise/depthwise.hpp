#pragma once

#include <span>

#include "kernels/kernel.hpp"

/// Depthwise convolution: one filter per channel (groups == in_channels == out_channels).
///   depthwise              (x, weight, bias?, -, ...) -> y, with the activation applied
///   depthwise_grad_input   (dy, weight, bias?, -, ...) -> dx
///   depthwise_grad_weight  (x, dy, mean?, scale?, shift?) -> dweight
/// Norms are taken over as by conv (conv/conv.hpp, norm/carried.hpp); there is no residual.
/// Activations are NDHWC, weights [channels, 1, kernel...]; packed weights are [taps][channels].
namespace noyau::kernels {

void depthwise_reference(const Problem& problem, const Args& args) noexcept;
void depthwise_grad_input_reference(const Problem& problem, const Args& args) noexcept;
void depthwise_grad_weight_reference(const Problem& problem, const Args& args) noexcept;

void depthwise_simd(const Problem& problem, const Args& args) noexcept;
void depthwise_grad_input_simd(const Problem& problem, const Args& args) noexcept;
void depthwise_grad_weight_simd(const Problem& problem, const Args& args) noexcept;
std::size_t depthwise_grad_weight_scratch(const Problem& problem);

/// Output rows whose gradient of the weights is summed together: about 64 thousand elements, and
/// at most 64 slices in all. Depends on the shape alone.
std::int64_t rows_per_slice(const Conv& p);

/// The fast kernels list the taps of a pixel on the stack, up to this many.
inline constexpr std::int64_t kMaxTaps = 1024;

}  // namespace noyau::kernels
