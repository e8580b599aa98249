#include <array>

#include "kernels/chunks.hpp"
#include "kernels/reduce/reduce.hpp"

namespace noyau::kernels {

std::span<const Kernel> global_avg_pool_kernels() {
  static constexpr std::array kRows = {
      Kernel{"global_avg_pool", "folded", refuse_unless_f32, global_avg_pool_scratch,
             global_avg_pool_simd},
      Kernel{"global_avg_pool", "reference", nullptr, nullptr, global_avg_pool_reference},
  };
  return kRows;
}

std::span<const Kernel> global_avg_pool_grad_kernels() {
  static constexpr std::array kRows = {
      Kernel{"global_avg_pool_grad", "simd", refuse_unless_f32, nullptr, global_avg_pool_grad_simd},
      Kernel{"global_avg_pool_grad", "reference", nullptr, nullptr, global_avg_pool_grad_reference},
  };
  return kRows;
}

std::span<const Kernel> sum_rows_kernels() {
  static constexpr std::array kRows = {
      Kernel{"sum_rows", "folded", refuse_unless_f32, sum_rows_scratch, sum_rows_simd},
      Kernel{"sum_rows", "reference", nullptr, nullptr, sum_rows_reference},
  };
  return kRows;
}

std::span<const Kernel> transpose_middle_kernels() {
  static constexpr std::array kRows = {
      Kernel{"transpose_middle", "tiled", refuse_unless_f32, nullptr, transpose_middle_tiled},
      Kernel{"transpose_middle", "reference", nullptr, nullptr, transpose_middle_reference},
  };
  return kRows;
}

}  // namespace noyau::kernels
