#pragma once

#include "kernels/kernel.hpp"

/// Group normalisation (Wu and He 2018) of [batch, positions, channels], by the biased variance.
///   group_norm       (x, weight?, bias?) -> (y, mean, inv_std), the last two [batch, groups]
///   group_norm_grad  (dy, x, weight?, mean, inv_std) -> (dx, dweight, dbias)
/// Outputs that are null are skipped.
namespace noyau::kernels {

void group_norm_reference(const Problem& problem, const Args& args) noexcept;
void group_norm_grad_reference(const Problem& problem, const Args& args) noexcept;

void group_norm_simd(const Problem& problem, const Args& args) noexcept;
void group_norm_grad_simd(const Problem& problem, const Args& args) noexcept;
std::size_t group_norm_scratch(const Problem& problem);

}  // namespace noyau::kernels
