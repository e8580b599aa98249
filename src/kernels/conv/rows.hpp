#pragma once

#include "kernels/conv/sweep.hpp"

namespace noyau::kernels {

/// The blocked kernels of the forward pass and of the gradient of the input.
extern const Kernel kConvRows;
extern const Kernel kConvGradInputRows;

}  // namespace noyau::kernels
