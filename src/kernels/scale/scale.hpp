#pragma once

#include <span>

#include "kernels/kernel.hpp"

/// Products with one factor per channel: the gate of squeeze-and-excitation, PReLU.
///   scale            (x, factors, gate?) -> y; where gated the gate is x itself when it is not
///   given
///                    (x, factors, residual?, spread?) -> y where it is not gated
///   scale_grad       (dy, x) -> the cotangent of the factors; where gated the gate is x
///   scale_relu_grad  (dy, x, y) -> dy where y is positive, and the cotangent of the factors
namespace noyau::kernels {

void scale_reference(const Problem& problem, const Args& args) noexcept;
void scale_grad_reference(const Problem& problem, const Args& args) noexcept;
void scale_relu_grad_reference(const Problem& problem, const Args& args) noexcept;

void scale_simd(const Problem& problem, const Args& args) noexcept;
std::size_t scale_scratch(const Problem& problem);
void scale_grad_simd(const Problem& problem, const Args& args) noexcept;
void scale_relu_grad_simd(const Problem& problem, const Args& args) noexcept;
std::size_t scale_grad_scratch(const Problem& problem);

}  // namespace noyau::kernels
