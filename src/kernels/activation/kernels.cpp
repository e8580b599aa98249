#include <array>

#include "kernels/activation/activation.hpp"
#include "kernels/chunks.hpp"

namespace noyau::kernels {

std::span<const Kernel> activation_kernels() {
  static constexpr std::array kRows = {
      Kernel{"activation", "simd", refuse_unless_f32, nullptr, activation_simd, nullptr, nullptr,
             0},
      Kernel{"activation", "reference", nullptr, nullptr, activation_reference, nullptr, nullptr,
             0},
  };
  return kRows;
}

std::span<const Kernel> activation_grad_kernels() {
  static constexpr std::array kRows = {
      Kernel{"activation_grad", "simd", refuse_unless_f32, nullptr, activation_grad_simd, nullptr,
             nullptr, 0},
      Kernel{"activation_grad", "reference", nullptr, nullptr, activation_grad_reference, nullptr,
             nullptr, 0},
  };
  return kRows;
}

}  // namespace noyau::kernels
