#include <array>

#include "kernels/chunks.hpp"
#include "kernels/loss/loss.hpp"

namespace noyau::kernels {

std::span<const Kernel> loss_kernels() {
  static constexpr std::array kRows = {
      Kernel{"loss", "simd", refuse_unless_f32, loss_scratch, loss_simd},
      Kernel{"loss", "reference", nullptr, nullptr, loss_reference},
  };
  return kRows;
}

std::span<const Kernel> loss_grad_kernels() {
  static constexpr std::array kRows = {
      Kernel{"loss_grad", "simd", refuse_unless_f32, loss_scratch, loss_grad_simd},
      Kernel{"loss_grad", "reference", nullptr, nullptr, loss_grad_reference},
  };
  return kRows;
}

}  // namespace noyau::kernels
