#pragma once

#include <span>

#include "kernels/kernel.hpp"

/// Pooling over NDHWC.
///   max_pool       x -> (y, indices?): which tap of the window was the first maximum, as u8, or as
///                  i32 when a window has more than 256 taps or is adaptive; padding is never
///                  chosen, NaN always
///   max_pool_grad  (dy, indices) -> dx
///   avg_pool       x -> y           avg_pool_grad  dy -> dx
namespace noyau::kernels {

void max_pool_reference(const Problem& problem, const Args& args) noexcept;
void max_pool_grad_reference(const Problem& problem, const Args& args) noexcept;
void avg_pool_reference(const Problem& problem, const Args& args) noexcept;
void avg_pool_grad_reference(const Problem& problem, const Args& args) noexcept;

void max_pool_simd(const Problem& problem, const Args& args) noexcept;
void max_pool_grad_simd(const Problem& problem, const Args& args) noexcept;
void avg_pool_simd(const Problem& problem, const Args& args) noexcept;
void avg_pool_grad_simd(const Problem& problem, const Args& args) noexcept;

/// Memory for the tables of the fast kernels.
std::size_t pool_scratch(const Problem& problem);

/// What the average at output position (d, h, w) divides by, with PyTorch's rules: declared padding
/// counts when count_include_pad is set, what ceil_mode adds beyond it never does.
double pool_divisor(const Pool& p, std::int64_t d, std::int64_t h, std::int64_t w);
/// Its factors: one for each output position of the three axes, one axis after the other.
void fill_divisors(const Pool& p, float* factors);

/// Whether indices are stored as u8.
inline bool small_indices(const Pool& p) {
  return !p.adaptive && p.kernel[0] * p.kernel[1] * p.kernel[2] <= 256;
}

}  // namespace noyau::kernels
