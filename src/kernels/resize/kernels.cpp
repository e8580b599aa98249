#include <array>

#include "kernels/chunks.hpp"
#include "kernels/resize/resize.hpp"

namespace noyau::kernels {

#define NOYAU_ROWS(family)                                                         \
  std::span<const Kernel> family##_kernels() {                                     \
    static constexpr std::array kRows = {                                          \
        Kernel{#family, "simd", refuse_unless_f32, resize_scratch, family##_simd}, \
        Kernel{#family, "reference", nullptr, resize_scratch, family##_reference}, \
    };                                                                             \
    return kRows;                                                                  \
  }

NOYAU_ROWS(resize)
NOYAU_ROWS(resize_grad)

#undef NOYAU_ROWS

}  // namespace noyau::kernels
