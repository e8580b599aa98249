#pragma once

#include <span>

namespace noyau::kernels {

/// The sum of x^2 in double: squares of f32 neither overflow nor vanish there. Not finite when an
/// element is not. Always adds in the same order.
double sum_squares(std::span<const float> x) noexcept;
double sum_squares_reference(std::span<const float> x) noexcept;

}  // namespace noyau::kernels
