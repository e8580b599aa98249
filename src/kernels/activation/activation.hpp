#pragma once

#include <span>

#include "kernels/kernel.hpp"

/// The functions of base/activations.def.
///   activation       (x) -> y
///   activation_grad  (dy, x or y, as the list says) -> dx; 0 where the slope is 0, whatever dy is
/// NaN stays NaN.
namespace noyau::kernels {

void activation_reference(const Problem& problem, const Args& args) noexcept;
void activation_grad_reference(const Problem& problem, const Args& args) noexcept;

void activation_simd(const Problem& problem, const Args& args) noexcept;
void activation_grad_simd(const Problem& problem, const Args& args) noexcept;

}  // namespace noyau::kernels
