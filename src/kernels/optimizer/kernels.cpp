#include <array>

#include "kernels/chunks.hpp"
#include "kernels/optimizer/optimizer.hpp"

namespace noyau::kernels {

#define NOYAU_ROWS(title)                                                 \
  std::span<const Kernel> title##_kernels() {                             \
    static constexpr std::array kRows = {                                 \
        Kernel{#title, "simd", refuse_unless_f32, nullptr, title##_simd}, \
        Kernel{#title, "reference", nullptr, nullptr, title##_reference}, \
    };                                                                    \
    return kRows;                                                         \
  }

NOYAU_ROWS(sgd)
NOYAU_ROWS(adam)
NOYAU_ROWS(rmsprop)
NOYAU_ROWS(adagrad)

#undef NOYAU_ROWS

}  // namespace noyau::kernels
