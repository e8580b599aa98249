#pragma once

#include "kernels/conv/sweep.hpp"

namespace noyau::kernels {

/// The blocked kernel of the gradient of the weights.
extern const Kernel kConvGradWeightPixels;

}  // namespace noyau::kernels
