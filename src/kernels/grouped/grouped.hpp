#pragma once

#include "kernels/slide.hpp"

/// Grouped convolutions of 4, 8 and 16 channels per group, as many in as out: sixteen lanes hold
/// the channels of several groups, or of one, and meet their inputs spread over the lanes of their
/// group, so that no multiplication is wasted. Rows are slid along as in depthwise convolutions.
namespace noyau::kernels {

extern const Kernel kConvGrouped;
extern const Kernel kConvGradInputGrouped;
extern const Kernel kConvGradWeightGrouped;

/// Slices of the gradient of the weights, each with sums of its own.
inline constexpr std::int64_t kGroupedSlices = 16;

/// Empty when the kernels can do this convolution, else what stands in the way.
std::string refuse_grouped(const Problem& problem);

}  // namespace noyau::kernels
