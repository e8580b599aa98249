// fill: () -> y, every element alpha. The seed of a backward pass; never worth a fast version.

#include <algorithm>
#include <array>

#include "kernels/kernel.hpp"

namespace noyau::kernels {
namespace {

void run(const Problem& problem, const Args& args) noexcept {
  const auto& p = std::get<Elementwise>(problem);
  if (p.dtype == DType::f64)
    std::fill_n(args.out<double>(0), p.count, p.alpha);
  else
    std::fill_n(args.out<float>(0), p.count, float(p.alpha));
}

constexpr std::array kKernels = {
    Kernel{.family = "fill", .name = "reference", .run = run},
};

}  // namespace

std::span<const Kernel> fill_kernels() { return kKernels; }

}  // namespace noyau::kernels
