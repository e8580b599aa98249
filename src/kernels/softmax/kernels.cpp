#include <array>

#include "kernels/chunks.hpp"
#include "kernels/softmax/softmax.hpp"

namespace noyau::kernels {

std::span<const Kernel> softmax_kernels() {
  static constexpr std::array kRows = {
      Kernel{"softmax", "simd", refuse_unless_f32, nullptr, softmax_simd},
      Kernel{"softmax", "reference", nullptr, nullptr, softmax_reference},
  };
  return kRows;
}

std::span<const Kernel> softmax_grad_kernels() {
  static constexpr std::array kRows = {
      Kernel{"softmax_grad", "simd", refuse_unless_f32, nullptr, softmax_grad_simd},
      Kernel{"softmax_grad", "reference", nullptr, nullptr, softmax_grad_reference},
  };
  return kRows;
}

std::span<const Kernel> log_softmax_kernels() {
  static constexpr std::array kRows = {
      Kernel{"log_softmax", "simd", refuse_unless_f32, nullptr, log_softmax_simd},
      Kernel{"log_softmax", "reference", nullptr, nullptr, log_softmax_reference},
  };
  return kRows;
}

std::span<const Kernel> log_softmax_grad_kernels() {
  static constexpr std::array kRows = {
      Kernel{"log_softmax_grad", "simd", refuse_unless_f32, nullptr, log_softmax_grad_simd},
      Kernel{"log_softmax_grad", "reference", nullptr, nullptr, log_softmax_grad_reference},
  };
  return kRows;
}

std::span<const Kernel> softmax_cross_entropy_kernels() {
  static constexpr std::array kRows = {
      Kernel{"softmax_cross_entropy", "simd", refuse_unless_f32, softmax_cross_entropy_scratch,
             softmax_cross_entropy_simd},
      Kernel{"softmax_cross_entropy", "reference", nullptr, nullptr,
             softmax_cross_entropy_reference},
  };
  return kRows;
}

std::span<const Kernel> softmax_cross_entropy_grad_kernels() {
  static constexpr std::array kRows = {
      Kernel{"softmax_cross_entropy_grad", "simd", refuse_unless_f32, nullptr,
             softmax_cross_entropy_grad_simd},
      Kernel{"softmax_cross_entropy_grad", "reference", nullptr, nullptr,
             softmax_cross_entropy_grad_reference},
  };
  return kRows;
}

}  // namespace noyau::kernels
