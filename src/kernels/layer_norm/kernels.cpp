#include <array>

#include "kernels/chunks.hpp"
#include "kernels/layer_norm/layer_norm.hpp"

namespace noyau::kernels {

std::span<const Kernel> layer_norm_kernels() {
  static constexpr std::array kRows = {
      Kernel{"layer_norm", "simd", refuse_unless_f32, layer_norm_scratch, layer_norm_simd},
      Kernel{"layer_norm", "reference", nullptr, nullptr, layer_norm_reference},
  };
  return kRows;
}

std::span<const Kernel> layer_norm_grad_kernels() {
  static constexpr std::array kRows = {
      Kernel{"layer_norm_grad", "simd", refuse_unless_f32, layer_norm_grad_scratch,
             layer_norm_grad_simd},
      Kernel{"layer_norm_grad", "reference", nullptr, nullptr, layer_norm_grad_reference},
  };
  return kRows;
}

}  // namespace noyau::kernels
