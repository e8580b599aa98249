#include "kernels/grouped/grouped.hpp"
#include "kernels/grouped/pack.hpp"
#include "kernels/simd.hpp"
// The macros above come before Highway.
#include "kernels/chunks.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/grouped/sliding_grad_input.cpp"
#include "hwy/foreach_target.h"
#include "kernels/grouped/taps-inl.hpp"
#include "kernels/simd-inl.hpp"
#include "kernels/slide-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace noyau::kernels::HWY_NAMESPACE {

void grouped_grad_input_f32(const Problem& problem, const Args& args) {
  const Conv& p = std::get<Conv>(problem);
  const std::int64_t group = p.in_channels / p.groups;
  if (group == 4) slide_grad_input<GroupedTaps<4>>(p, args);
  if (group == 8) slide_grad_input<GroupedTaps<8>>(p, args);
  if (group == 16) slide_grad_input<GroupedTaps<16>>(p, args);
}

}  // namespace noyau::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace noyau::kernels {

HWY_EXPORT(grouped_grad_input_f32);

namespace {

void run_grad_input(const Problem& problem, const Args& args) noexcept {
  HWY_DYNAMIC_DISPATCH(grouped_grad_input_f32)(problem, args);
}

// Input and output channels change places; with stride 1 the taps come in reverse order.
void pack_grad_input(const Problem& problem, const void* weights, void* packed,
                     ThreadPool&) noexcept {
  const Conv& p = std::get<Conv>(problem);
  const std::int64_t group = p.in_channels / p.groups;
  const bool flipped = p.stride[2] == 1;
  const float* w = static_cast<const float*>(weights);
  pack_grouped_blocks(p, packed, [&](std::int64_t channel, std::int64_t i, std::int64_t tap) {
    const std::int64_t out = channel / group * group + i;
    return w[(out * group + channel % group) * 9 + (flipped ? 8 - tap : tap)];
  });
}

}  // namespace

constinit const Kernel kConvGradInputGrouped = {.family = "conv_grad_input",
                                                .name = "grouped",
                                                .refuse = refuse_grouped,
                                                .scratch_bytes = slide_norm_grad_bytes,
                                                .run = run_grad_input,
                                                .packed_bytes = grouped_packed_bytes,
                                                .pack = pack_grad_input};

}  // namespace noyau::kernels
#endif  // HWY_ONCE
