#pragma once

#include "kernels/kernel.hpp"

/// Layer normalisation (Ba et al. 2016) of the rows of [rows, columns], by the biased variance.
///   layer_norm       (x, weight?, bias?) -> (y, mean, inv_std), the last two [rows]
///   layer_norm_grad  (dy, x, weight?, mean, inv_std) -> (dx, dweight, dbias)
/// Outputs that are null are skipped.
namespace noyau::kernels {

void layer_norm_reference(const Problem& problem, const Args& args) noexcept;
void layer_norm_grad_reference(const Problem& problem, const Args& args) noexcept;

void layer_norm_simd(const Problem& problem, const Args& args) noexcept;
void layer_norm_grad_simd(const Problem& problem, const Args& args) noexcept;
std::size_t layer_norm_scratch(const Problem& problem);
std::size_t layer_norm_grad_scratch(const Problem& problem);

/// How many rows the gradients of weight and bias are summed over in f32.
inline constexpr std::int64_t kLayerNormChunk = 256;

/// Which element of weight and bias belongs to column `j` of a row.
inline std::int64_t weight_index(const LayerNorm& p, std::int64_t j) {
  if (p.channels == 0) return j;
  return j % p.channels * (p.columns / p.channels) + j / p.channels;
}

}  // namespace noyau::kernels
