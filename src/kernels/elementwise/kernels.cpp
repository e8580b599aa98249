#include <array>

#include "kernels/chunks.hpp"
#include "kernels/elementwise/elementwise.hpp"

namespace noyau::kernels {

// One fast row and the reference; output 0 may reuse input `place`.
#define NOYAU_ROWS(family, simd, reference, place)                                          \
  std::span<const Kernel> family##_kernels() {                                              \
    static constexpr std::array kRows = {                                                   \
        Kernel{#family, "simd", refuse_unless_f32, nullptr, simd, nullptr, nullptr, place}, \
        Kernel{#family, "reference", nullptr, nullptr, reference, nullptr, nullptr, place}, \
    };                                                                                      \
    return kRows;                                                                           \
  }

NOYAU_ROWS(add, add_simd, add_reference, 0)
NOYAU_ROWS(mul, mul_simd, mul_reference, 0)
NOYAU_ROWS(copy, copy_simd, copy_reference, -1)
NOYAU_ROWS(dropout, dropout_simd, dropout_reference, 0)
NOYAU_ROWS(dropout_grad, dropout_simd, dropout_reference, 0)

#undef NOYAU_ROWS

}  // namespace noyau::kernels
