#include "kernels/depthwise/sliding.hpp"
#include "kernels/simd.hpp"
// The macros above come before Highway.
#include "kernels/chunks.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/depthwise/sliding_grad_input.cpp"
#include "hwy/foreach_target.h"
#include "kernels/depthwise/taps-inl.hpp"
#include "kernels/simd-inl.hpp"
#include "kernels/slide-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace noyau::kernels::HWY_NAMESPACE {

void depthwise_grad_input_sliding_f32(const Problem& problem, const Args& args) {
  const Conv& p = std::get<Conv>(problem);
  if (p.kernel[2] == 3) slide_grad_input<DepthwiseTaps<3>>(p, args);
  if (p.kernel[2] == 5) slide_grad_input<DepthwiseTaps<5>>(p, args);
  if (p.kernel[2] == 7) slide_grad_input<DepthwiseTaps<7>>(p, args);
}

}  // namespace noyau::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace noyau::kernels {

HWY_EXPORT(depthwise_grad_input_sliding_f32);

void depthwise_grad_input_sliding(const Problem& problem, const Args& args) noexcept {
  HWY_DYNAMIC_DISPATCH(depthwise_grad_input_sliding_f32)(problem, args);
}

}  // namespace noyau::kernels
#endif  // HWY_ONCE
