#include <array>

#include "kernels/chunks.hpp"
#include "kernels/group_norm/group_norm.hpp"

namespace noyau::kernels {

std::span<const Kernel> group_norm_kernels() {
  static constexpr std::array kRows = {
      Kernel{"group_norm", "simd", refuse_unless_f32, group_norm_scratch, group_norm_simd},
      Kernel{"group_norm", "reference", nullptr, nullptr, group_norm_reference},
  };
  return kRows;
}

std::span<const Kernel> group_norm_grad_kernels() {
  static constexpr std::array kRows = {
      Kernel{"group_norm_grad", "simd", refuse_unless_f32, group_norm_scratch,
             group_norm_grad_simd},
      Kernel{"group_norm_grad", "reference", nullptr, nullptr, group_norm_grad_reference},
  };
  return kRows;
}

}  // namespace noyau::kernels
