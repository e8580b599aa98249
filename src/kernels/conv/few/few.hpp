#pragma once

#include "kernels/kernel.hpp"

namespace noyau::kernels {

/// The forward pass where a pixel of y has fewer channels than a vector has lanes.
extern const Kernel kConvFew;
/// The gradient of the weights, likewise.
extern const Kernel kConvGradWeightFew;
/// The gradient of the input where one tap of it has fewer channels than a vector has lanes.
extern const Kernel kConvGradInputFew;

}  // namespace noyau::kernels
