#pragma once

#include <string>

#include "kernels/conv/sweep.hpp"

/// Convolutions whose products take operands rounded to bfloat16, with sums in f32: where
/// `Conv::bf16` allows it and the processor has AVX512_BF16.
namespace noyau::kernels {

/// Whether this machine has the instructions, and the kernels may use them.
bool has_bf16();

/// Empty when these kernels take the convolution and it is expected to gain.
std::string refuse_bf16(const Problem& problem, ConvPass pass);

extern const Kernel kConvBf16;
extern const Kernel kConvGradInputBf16;
extern const Kernel kConvGradWeightBf16;

}  // namespace noyau::kernels
