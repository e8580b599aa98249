#include <array>

#include "kernels/chunks.hpp"
#include "kernels/response_norm/response_norm.hpp"

namespace noyau::kernels {
namespace {

std::string refuse(const Problem& problem) {
  const std::int64_t size = std::get<LocalResponseNorm>(problem).size;
  if (size > kMostNeighbours) {
    return "takes windows of at most " + std::to_string(kMostNeighbours) + " channels, got " +
           std::to_string(size);
  }
  return refuse_unless_f32(problem);
}

}  // namespace

#define NOYAU_ROWS(family)                                                  \
  std::span<const Kernel> family##_kernels() {                              \
    static constexpr std::array kRows = {                                   \
        Kernel{#family, "simd", refuse, nullptr, family##_simd},            \
        Kernel{#family, "reference", nullptr, nullptr, family##_reference}, \
    };                                                                      \
    return kRows;                                                           \
  }

NOYAU_ROWS(local_response_norm)
NOYAU_ROWS(local_response_norm_grad)

#undef NOYAU_ROWS

}  // namespace noyau::kernels
