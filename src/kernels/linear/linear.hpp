#pragma once

#include "kernels/kernel.hpp"

/// Linear layers of small batches, as rows of the convolution families: x [batch, in], weights
/// [out, in], y [batch, out]. They read or write the weights once and in place: packing them, as
/// the kernels for many pixels do, costs more than it saves here.
namespace noyau::kernels {

extern const Kernel kLinear;
extern const Kernel kLinearGradInput;
extern const Kernel kLinearGradWeight;

inline constexpr std::int64_t kMaxLinearBatch = 64;

/// Empty when the convolution is a linear layer that these kernels take.
std::string refuse_linear(const Problem& problem);

}  // namespace noyau::kernels
