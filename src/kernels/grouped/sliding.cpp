#include "kernels/grouped/grouped.hpp"
#include "kernels/grouped/pack.hpp"
#include "kernels/simd.hpp"
// The macros above come before Highway.
#include "kernels/chunks.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/grouped/sliding.cpp"
#include "hwy/foreach_target.h"
#include "kernels/grouped/taps-inl.hpp"
#include "kernels/simd-inl.hpp"
#include "kernels/slide-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace noyau::kernels::HWY_NAMESPACE {

void grouped_f32(const Problem& problem, const Args& args) {
  const Conv& p = std::get<Conv>(problem);
  const std::int64_t group = p.in_channels / p.groups;
  if (group == 4) slide_forward<GroupedTaps<4>>(p, args);
  if (group == 8) slide_forward<GroupedTaps<8>>(p, args);
  if (group == 16) slide_forward<GroupedTaps<16>>(p, args);
}

}  // namespace noyau::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace noyau::kernels {

HWY_EXPORT(grouped_f32);

std::string refuse_grouped(const Problem& problem) {
  const Conv& p = std::get<Conv>(problem);
  const std::int64_t group = p.in_channels / p.groups;
  if (p.groups == 1) return "takes more than one group";
  if (p.in_channels != p.out_channels || (group != 4 && group != 8 && group != 16)) {
    return "takes groups of 4, 8 and 16 channels, as many in as out";
  }
  if (p.kernel[2] != 3) return "takes kernels of 3x3";
  if (p.residual) return "adds no residual";
  return refuse_slide(p);
}

namespace {

void run_forward(const Problem& problem, const Args& args) noexcept {
  HWY_DYNAMIC_DISPATCH(grouped_f32)(problem, args);
}

void pack_forward(const Problem& problem, const void* weights, void* packed, ThreadPool&) noexcept {
  const Conv& p = std::get<Conv>(problem);
  const std::int64_t group = p.in_channels / p.groups;
  const float* w = static_cast<const float*>(weights);
  pack_grouped_blocks(p, packed, [&](std::int64_t channel, std::int64_t i, std::int64_t tap) {
    return w[(channel * group + i) * 9 + tap];
  });
}

}  // namespace

constinit const Kernel kConvGrouped = {.family = "conv",
                                       .name = "grouped",
                                       .refuse = refuse_grouped,
                                       .scratch_bytes = slide_statistics_bytes,
                                       .run = run_forward,
                                       .packed_bytes = grouped_packed_bytes,
                                       .pack = pack_forward};

}  // namespace noyau::kernels
#endif  // HWY_ONCE
