// The lists of convolution kernels, in order of preference.

#include <array>

#include "kernels/conv/bf16/bf16.hpp"
#include "kernels/conv/conv.hpp"
#include "kernels/conv/few/few.hpp"
#include "kernels/conv/int8/int8.hpp"
#include "kernels/conv/pixels.hpp"
#include "kernels/conv/rows.hpp"
#include "kernels/conv/winograd/winograd.hpp"
#include "kernels/grouped/grouped.hpp"
#include "kernels/linear/linear.hpp"

namespace noyau::kernels {
namespace {

const std::array kForward = {
    kConvInt8,
    kConvWinograd,
    kConvBf16,
    kConvGrouped,
    kLinear,
    kConvFew,
    kConvRows,
    Kernel{.family = "conv", .name = "reference", .run = conv_reference, .in_place = kResidual},
};
const std::array kGradInput = {
    kConvGradInputWinograd,
    kConvGradInputBf16,
    kConvGradInputGrouped,
    kLinearGradInput,
    kConvGradInputFew,
    kConvGradInputRows,
    Kernel{.family = "conv_grad_input",
           .name = "reference",
           .run = conv_grad_input_reference,
           .in_place = kResidual},
};
const std::array kGradWeight = {
    kConvGradWeightWinograd,
    kConvGradWeightBf16,
    kConvGradWeightGrouped,
    kLinearGradWeight,
    kConvGradWeightFew,
    kConvGradWeightPixels,
    Kernel{.family = "conv_grad_weight", .name = "reference", .run = conv_grad_weight_reference},
};

}  // namespace

std::string refuse_wide(const Conv& conv) {
  if (conv.x_width != 0) return "reads x only where it lies by itself";
  if (conv.y_width != 0) return "writes y only where it lies by itself";
  if (conv.norm_width != 0) return "reads what the norm read only where it lies by itself";
  return {};
}

std::span<const Kernel> conv_kernels() { return kForward; }
std::span<const Kernel> conv_grad_input_kernels() { return kGradInput; }
std::span<const Kernel> conv_grad_weight_kernels() { return kGradWeight; }

}  // namespace noyau::kernels
