#include <array>

#include "kernels/chunks.hpp"
#include "kernels/pool/pool.hpp"

namespace noyau::kernels {

#define NOYAU_ROWS(family)                                                       \
  std::span<const Kernel> family##_kernels() {                                   \
    static constexpr std::array kRows = {                                        \
        Kernel{#family, "simd", refuse_unless_f32, pool_scratch, family##_simd}, \
        Kernel{#family, "reference", nullptr, nullptr, family##_reference},      \
    };                                                                           \
    return kRows;                                                                \
  }

NOYAU_ROWS(max_pool)
NOYAU_ROWS(max_pool_grad)
NOYAU_ROWS(avg_pool)
NOYAU_ROWS(avg_pool_grad)

#undef NOYAU_ROWS

}  // namespace noyau::kernels
