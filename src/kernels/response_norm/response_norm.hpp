#pragma once

#include "kernels/kernel.hpp"

/// Local response normalisation (Krizhevsky et al. 2012) of [rows, channels], in PyTorch's form.
/// The window of channel c is [c - size / 2, c + (size - 1) / 2]; channels that are not there count
/// as zeros, and the sum is divided by `size` all the same.
///   local_response_norm       x -> y
///   local_response_norm_grad  (dy, x) -> dx
namespace noyau::kernels {

void local_response_norm_reference(const Problem& problem, const Args& args) noexcept;
void local_response_norm_grad_reference(const Problem& problem, const Args& args) noexcept;

/// Windows of up to `kMostNeighbours` channels.
void local_response_norm_simd(const Problem& problem, const Args& args) noexcept;
void local_response_norm_grad_simd(const Problem& problem, const Args& args) noexcept;

inline constexpr std::int64_t kMostNeighbours = 64;

}  // namespace noyau::kernels
