#include <array>

#include "kernels/chunks.hpp"
#include "kernels/scale/scale.hpp"

namespace noyau::kernels {

std::span<const Kernel> scale_kernels() {
  static constexpr std::array kRows = {
      Kernel{"scale", "simd", refuse_unless_f32, scale_scratch, scale_simd, nullptr, nullptr, 0},
      Kernel{"scale", "reference", nullptr, nullptr, scale_reference, nullptr, nullptr, 0},
  };
  return kRows;
}

std::span<const Kernel> scale_grad_kernels() {
  static constexpr std::array kRows = {
      Kernel{"scale_grad", "folded", refuse_unless_f32, scale_grad_scratch, scale_grad_simd},
      Kernel{"scale_grad", "reference", nullptr, nullptr, scale_grad_reference},
  };
  return kRows;
}

std::span<const Kernel> scale_relu_grad_kernels() {
  static constexpr std::array kRows = {
      Kernel{"scale_relu_grad", "folded", refuse_unless_f32, scale_grad_scratch,
             scale_relu_grad_simd, nullptr, nullptr, 0},
      Kernel{"scale_relu_grad", "reference", nullptr, nullptr, scale_relu_grad_reference, nullptr,
             nullptr, 0},
  };
  return kRows;
}

}  // namespace noyau::kernels
