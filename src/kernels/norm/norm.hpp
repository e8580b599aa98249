#pragma once

#include <span>
#include <string>

#include "kernels/kernel.hpp"

/// Batch normalisation (Ioffe and Szegedy 2015), fused with a residual and ReLU or ReLU6.
///   batch_norm       (x, weight?, bias?, running_mean, running_var, residual?)
///                    -> (y, mean, inv_std, scale); training also updates the running statistics in
///                    place and hands out scale = weight * inv_std as it multiplied with it
///   batch_norm_statistics (x, weight?, running_mean, running_var) -> (mean, inv_std, scale)
///   batch_norm_statistics_join (mean, inv_std, x, weight?, running_mean, running_var)
///                    -> (mean, inv_std, scale)
///                    of channels of which the first `before` were normalised with the same eps
///                    already, as mean and inv_std tell, and x holds the others
///   batch_norm_apply (x, mean, scale, bias?, residual?) -> (y)
///                    the two halves of batch_norm in training, with the same bits
///   batch_norm_grad  (dy, x, weight?, mean, inv_std, y?, bias?)
///                    -> (dx, dweight, dbias, dresidual)
///                    outputs that are null are skipped; without y, an activation is undone from x
///                    (where there was no residual), which needs the bias; in inference form the
///                    inputs mean and inv_std are the running mean and variance
///   batch_norm_grad_input (g, x, weight?, mean, inv_std, dweight, dbias, residual?) -> (dx)
///                    the second half of batch_norm_grad in training, from the masked dy
///
/// x may lie among the channels of a wider tensor, and so may the y of batch_norm and
/// batch_norm_apply; batch_norm_grad alone takes tensors that lie by themselves.
namespace noyau::kernels {

/// Floats from one row of x, or of y, to the next.
inline std::int64_t x_row(const Norm& p) { return p.x_width != 0 ? p.x_width : p.channels; }
inline std::int64_t y_row(const Norm& p) { return p.y_width != 0 ? p.y_width : p.channels; }

/// Whether some tensor lies among the channels of a wider one.
inline bool is_wide(const Norm& p) {
  return p.x_width != 0 || p.y_width != 0 || p.residual_width != 0;
}

std::span<const Kernel> batch_norm_kernels();
std::span<const Kernel> batch_norm_grad_kernels();
std::span<const Kernel> batch_norm_statistics_kernels();
std::span<const Kernel> batch_norm_statistics_join_kernels();
std::span<const Kernel> batch_norm_apply_kernels();
std::span<const Kernel> batch_norm_grad_input_kernels();

void batch_norm_reference(const Problem& problem, const Args& args) noexcept;
void batch_norm_grad_reference(const Problem& problem, const Args& args) noexcept;
void batch_norm_statistics_reference(const Problem& problem, const Args& args) noexcept;
void batch_norm_statistics_join_reference(const Problem& problem, const Args& args) noexcept;
void batch_norm_apply_reference(const Problem& problem, const Args& args) noexcept;
void batch_norm_grad_input_reference(const Problem& problem, const Args& args) noexcept;

void batch_norm_simd(const Problem& problem, const Args& args) noexcept;
void batch_norm_grad_simd(const Problem& problem, const Args& args) noexcept;
void batch_norm_statistics_simd(const Problem& problem, const Args& args) noexcept;
void batch_norm_statistics_join_simd(const Problem& problem, const Args& args) noexcept;
void batch_norm_apply_simd(const Problem& problem, const Args& args) noexcept;
void batch_norm_grad_input_simd(const Problem& problem, const Args& args) noexcept;
/// Other than f32, and parts of wider tensors unless they are whole vectors.
std::string refuse_norm(const Problem& problem);
/// Arrays of one number per column that the fast kernels keep in their scratch.
inline constexpr std::int64_t kNormParameters = 5;
std::size_t batch_norm_scratch(const Problem& problem);
std::size_t batch_norm_apply_scratch(const Problem& problem);

}  // namespace noyau::kernels
