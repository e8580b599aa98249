#pragma once

#include <span>

#include "kernels/kernel.hpp"

/// Sums, means and transposes of [outer, middle, inner].
///   global_avg_pool       x [outer, middle, inner] -> y [outer, inner], the mean over middle
///   global_avg_pool_grad  dy [outer, inner] -> dx [outer, middle, inner]
///   sum_rows              x [outer, inner] -> y [inner], the sum over outer (middle is 1)
///   transpose_middle      x [outer, middle, inner] -> y [outer, inner, middle]
namespace noyau::kernels {

void global_avg_pool_reference(const Problem& problem, const Args& args) noexcept;
void global_avg_pool_grad_reference(const Problem& problem, const Args& args) noexcept;
void sum_rows_reference(const Problem& problem, const Args& args) noexcept;
void transpose_middle_reference(const Problem& problem, const Args& args) noexcept;

void global_avg_pool_simd(const Problem& problem, const Args& args) noexcept;
std::size_t global_avg_pool_scratch(const Problem& problem);
void global_avg_pool_grad_simd(const Problem& problem, const Args& args) noexcept;
void sum_rows_simd(const Problem& problem, const Args& args) noexcept;
std::size_t sum_rows_scratch(const Problem& problem);
void transpose_middle_tiled(const Problem& problem, const Args& args) noexcept;

}  // namespace noyau::kernels
