#pragma once

#include "kernels/slide.hpp"

/// Depthwise kernels that slide along rows with their sums in registers, so that two rows of output
/// read every input row they share once. For square kernels of 3, 5 and 7 with stride 1 and 2.
namespace noyau::kernels {

/// Empty when the sliding kernels can do this convolution, else what stands in the way.
std::string refuse_sliding(const Problem& problem);

/// Weights are packed as [blocks][taps][kBlock].
std::size_t sliding_packed_bytes(const Problem& problem);
void pack_sliding(const Problem& problem, const void* weights, void* packed, ThreadPool&) noexcept;
void pack_sliding_grad_input(const Problem& problem, const void* weights, void* packed,
                             ThreadPool&) noexcept;

void depthwise_sliding(const Problem& problem, const Args& args) noexcept;
void depthwise_grad_input_sliding(const Problem& problem, const Args& args) noexcept;
void depthwise_grad_weight_sliding(const Problem& problem, const Args& args) noexcept;
std::size_t depthwise_grad_weight_sliding_scratch(const Problem& problem);

/// Rows of dy that the gradient of the weights takes together.
template <std::int64_t kKernel>
inline constexpr int kBandRows = kKernel == 3 ? 2 : 1;
SlideCut sliding_weight_cut(const Conv& p);

}  // namespace noyau::kernels
