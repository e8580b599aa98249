#pragma once

#include "kernels/kernel.hpp"

namespace noyau::kernels {

/// 3x3 convolutions with fewer multiplications and larger rounding errors; for `Conv::fast` only.
extern const Kernel kConvWinograd;
extern const Kernel kConvGradInputWinograd;
extern const Kernel kConvGradWeightWinograd;

}  // namespace noyau::kernels
