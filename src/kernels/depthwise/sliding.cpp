#include "kernels/depthwise/sliding.hpp"
#include "kernels/simd.hpp"
// The macros above come before Highway.
#include "kernels/chunks.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/depthwise/sliding.cpp"
#include "hwy/foreach_target.h"
#include "kernels/depthwise/taps-inl.hpp"
#include "kernels/simd-inl.hpp"
#include "kernels/slide-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace noyau::kernels::HWY_NAMESPACE {

void depthwise_sliding_f32(const Problem& problem, const Args& args) {
  const Conv& p = std::get<Conv>(problem);
  if (p.kernel[2] == 3) slide_forward<DepthwiseTaps<3>>(p, args);
  if (p.kernel[2] == 5) slide_forward<DepthwiseTaps<5>>(p, args);
  if (p.kernel[2] == 7) slide_forward<DepthwiseTaps<7>>(p, args);
}

}  // namespace noyau::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace noyau::kernels {

HWY_EXPORT(depthwise_sliding_f32);

void depthwise_sliding(const Problem& problem, const Args& args) noexcept {
  HWY_DYNAMIC_DISPATCH(depthwise_sliding_f32)(problem, args);
}

std::size_t sliding_packed_bytes(const Problem& problem) {
  const Conv& p = std::get<Conv>(problem);
  return std::size_t(volume(p.kernel) * round_up(p.out_channels, kBlock)) * sizeof(float);
}

namespace {

void pack_blocks(const Conv& p, bool flipped, const void* weights, void* packed) {
  const std::int64_t taps = volume(p.kernel);
  const float* from = static_cast<const float*>(weights);
  float* to = static_cast<float*>(packed);
  for (std::int64_t c = 0; c < p.out_channels; c += kBlock) {
    const float* block = from + std::min(c, p.out_channels - kBlock) * taps;
    for (std::int64_t t = 0; t < taps; ++t) {
      for (std::int64_t i = 0; i < kBlock; ++i)
        *to++ = block[i * taps + (flipped ? taps - 1 - t : t)];
    }
  }
}

}  // namespace

void pack_sliding(const Problem& problem, const void* weights, void* packed, ThreadPool&) noexcept {
  pack_blocks(std::get<Conv>(problem), false, weights, packed);
}

// With stride 1 the gradient of the input is a forward pass with its taps in reverse order.
void pack_sliding_grad_input(const Problem& problem, const void* weights, void* packed,
                             ThreadPool&) noexcept {
  const Conv& p = std::get<Conv>(problem);
  pack_blocks(p, p.stride[2] == 1, weights, packed);
}

std::string refuse_sliding(const Problem& problem) {
  const Conv& p = std::get<Conv>(problem);
  const std::int64_t k = p.kernel[2];
  if (k != 3 && k != 5 && k != 7) return "takes square kernels of 3, 5 and 7";
  return refuse_slide(p);
}

}  // namespace noyau::kernels
#endif  // HWY_ONCE
