#pragma once

#include <cstdint>
#include <span>

#include "kernels/kernel.hpp"

/// Losses of single elements.
///   sigmoid_cross_entropy  (x, target, positive_weight?, weight?), stable for large |x|
///   squared_error          (x, target)
/// loss gives [1], or one per element unreduced; loss_grad, which reads the cotangent of that as
/// its last input, gives dx.
namespace noyau::kernels {

void loss_reference(const Problem& problem, const Args& args) noexcept;
void loss_grad_reference(const Problem& problem, const Args& args) noexcept;

void loss_simd(const Problem& problem, const Args& args) noexcept;
std::size_t loss_scratch(const Problem& problem);
void loss_grad_simd(const Problem& problem, const Args& args) noexcept;

/// Elements of a task, whose losses are one partial sum.
inline constexpr std::int64_t kLossChunk = 16384;

/// What the sum of the losses is divided by.
inline double divisor(const Loss& p) {
  return p.reduction == CrossEntropy::Reduction::mean ? double(p.count) : 1;
}

}  // namespace noyau::kernels
