#include <array>

#include "kernels/chunks.hpp"
#include "kernels/norm/norm.hpp"

namespace noyau::kernels {

std::span<const Kernel> batch_norm_kernels() {
  static constexpr std::array kRows = {
      Kernel{"batch_norm", "folded", refuse_norm, batch_norm_scratch, batch_norm_simd},
      Kernel{"batch_norm", "reference", nullptr, nullptr, batch_norm_reference},
  };
  return kRows;
}

std::span<const Kernel> batch_norm_grad_kernels() {
  static constexpr std::array kRows = {
      Kernel{"batch_norm_grad", "folded", refuse_unless_f32, batch_norm_scratch,
             batch_norm_grad_simd, nullptr, nullptr, 0},
      Kernel{"batch_norm_grad", "reference", nullptr, nullptr, batch_norm_grad_reference, nullptr,
             nullptr, 0},
  };
  return kRows;
}

std::span<const Kernel> batch_norm_statistics_kernels() {
  static constexpr std::array kRows = {
      Kernel{"batch_norm_statistics", "folded", refuse_norm, batch_norm_scratch,
             batch_norm_statistics_simd},
      Kernel{"batch_norm_statistics", "reference", nullptr, nullptr,
             batch_norm_statistics_reference},
  };
  return kRows;
}

std::span<const Kernel> batch_norm_statistics_join_kernels() {
  static constexpr std::array kRows = {
      Kernel{"batch_norm_statistics_join", "folded", refuse_norm, batch_norm_scratch,
             batch_norm_statistics_join_simd},
      Kernel{"batch_norm_statistics_join", "reference", nullptr, nullptr,
             batch_norm_statistics_join_reference},
  };
  return kRows;
}

std::span<const Kernel> batch_norm_grad_input_kernels() {
  static constexpr std::array kRows = {
      Kernel{"batch_norm_grad_input", "folded", refuse_norm, batch_norm_apply_scratch,
             batch_norm_grad_input_simd, nullptr, nullptr, 0},
      Kernel{"batch_norm_grad_input", "reference", nullptr, nullptr,
             batch_norm_grad_input_reference, nullptr, nullptr, 0},
  };
  return kRows;
}

std::span<const Kernel> batch_norm_apply_kernels() {
  static constexpr std::array kRows = {
      Kernel{"batch_norm_apply", "folded", refuse_norm, batch_norm_apply_scratch,
             batch_norm_apply_simd},
      Kernel{"batch_norm_apply", "reference", nullptr, nullptr, batch_norm_apply_reference},
  };
  return kRows;
}

}  // namespace noyau::kernels
