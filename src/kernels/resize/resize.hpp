#pragma once

#include "kernels/kernel.hpp"

/// Interpolation over NDHWC, with the coordinates of PyTorch.
///   resize       x -> y
///   resize_grad  dy -> dx
namespace noyau::kernels {

void resize_reference(const Problem& problem, const Args& args) noexcept;
void resize_grad_reference(const Problem& problem, const Args& args) noexcept;

void resize_simd(const Problem& problem, const Args& args) noexcept;
void resize_grad_simd(const Problem& problem, const Args& args) noexcept;

/// Room for the taps of all axes, which each call works out anew.
std::size_t resize_scratch(const Problem& problem);

}  // namespace noyau::kernels
