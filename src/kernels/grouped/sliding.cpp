#include "kernels/grouped/grouped.hpp"
#include "kernels/simd.hpp"
// The macros above come before Highway.
#include "kernels/chunks.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/grouped/sliding.cpp"
#include "hwy/foreach_target.h"
#include "kernels/grouped/spread-inl.hpp"
#include "kernels/simd-inl.hpp"
#include "kernels/slide-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace noyau::kernels::HWY_NAMESPACE {

// One pixel of each row, all channels of the groups of a vector.
template <int kRows>
struct PlainPixels {
  const float* const (&at)[kRows];
  HWY_INLINE explicit PlainPixels(const Rows<kRows>& rows) : at(rows.at) {}
};

// The same, normalised: once, before it is spread.
template <int kRows, int kVectors>
struct NormalisedPixels {
  alignas(64) float at[kRows][kVectors * kLanes];
  HWY_INLINE explicit NormalisedPixels(const NormalisedRows<kRows, kVectors>& rows) {
    HWY_UNROLL(16)
    for (int r = 0; r < kRows; ++r) HWY_UNROLL(16)
    for (int v = 0; v < kVectors; ++v) hn::Store(rows.load(r, v), F32(), at[r] + v * kLanes);
  }
};

template <int kRows>
HWY_INLINE PlainPixels<kRows> pixels_of(const Rows<kRows>& rows) {
  return PlainPixels<kRows>(rows);
}
template <int kRows, int kVectors>
HWY_INLINE NormalisedPixels<kRows, kVectors> pixels_of(
    const NormalisedRows<kRows, kVectors>& rows) {
  return NormalisedPixels<kRows, kVectors>(rows);
}

struct WeightsAt {
  const float* first;
  HWY_INLINE VecF operator[](int tap) const { return hn::LoadU(F32(), first + tap * kBlock); }
};

// The weights of a vector of channels, [channel of its group][tap], read from the first-level
// cache.
template <int kGroup>
struct GroupedTaps {
  static constexpr int kKernel = 3, kPacked = 9 * kGroup;
  // A forward pass of stride 2 adds to few sums of a row: more rows share each weight where the
  // registers allow.
  static constexpr int kTargets = 2, kHalvedTargets = kLanes == 16 ? 4 : 2;
  static constexpr int kVectors = kGroup < kLanes ? 1 : kGroup / int(kLanes);
  const float* packed;

  HWY_INLINE explicit GroupedTaps(const float* p) : packed(p) {}
  static std::int64_t source_channel(std::int64_t channel) {
    return first_of_groups<kGroup>(channel);
  }

  template <class Columns, class X, int R, int kSums, class Part>
  HWY_INLINE void column(X& rows, VecF (&sum)[R][kSums], Part part) const {
    const auto pixels = pixels_of(rows);
    for (int i = 0; i < kGroup; ++i) {
      VecF v[X::kRows];
      HWY_UNROLL(16)
      for (int r = 0; r < X::kRows; ++r) v[r] = spread<kGroup>(pixels.at[r], i);
      Columns::add(WeightsAt{packed + i * 9 * kBlock}, v, sum, part);
    }
    rows.skip();
  }
};

void grouped_f32(const Problem& problem, const Args& args) {
  const Conv& p = std::get<Conv>(problem);
  const std::int64_t group = p.in_channels / p.groups;
  if (group == 4) slide_forward<GroupedTaps<4>>(p, args);
  if (group == 8) slide_forward<GroupedTaps<8>>(p, args);
  if (group == 16) slide_forward<GroupedTaps<16>>(p, args);
}

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

HWY_EXPORT(grouped_f32);
HWY_EXPORT(grouped_grad_input_f32);

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

void run_grad_input(const Problem& problem, const Args& args) noexcept {
  HWY_DYNAMIC_DISPATCH(grouped_grad_input_f32)(problem, args);
}

std::size_t packed_bytes(const Problem& problem) {
  const Conv& p = std::get<Conv>(problem);
  const std::int64_t group = p.in_channels / p.groups;
  return std::size_t(round_up(p.out_channels, kBlock) * group * 9) * sizeof(float);
}

// [blocks][channel of its group][tap][kBlock]; `from` finds the weight of a channel's i-th partner.
template <class From>
void pack_blocks(const Conv& p, void* packed, From&& from) {
  float* to = static_cast<float*>(packed);
  for (std::int64_t c = 0; c < p.out_channels; c += kBlock) {
    const std::int64_t first = std::min(c, p.out_channels - kBlock);
    for (std::int64_t i = 0; i < p.in_channels / p.groups; ++i) {
      for (std::int64_t t = 0; t < 9; ++t) {
        for (std::int64_t k = 0; k < kBlock; ++k) *to++ = from(first + k, i, t);
      }
    }
  }
}

void pack_forward(const Problem& problem, const void* weights, void* packed, ThreadPool&) noexcept {
  const Conv& p = std::get<Conv>(problem);
  const std::int64_t group = p.in_channels / p.groups;
  const float* w = static_cast<const float*>(weights);
  pack_blocks(p, packed, [&](std::int64_t channel, std::int64_t i, std::int64_t tap) {
    return w[(channel * group + i) * 9 + tap];
  });
}

// Input and output channels change places; with stride 1 the taps come in reverse order.
void pack_grad_input(const Problem& problem, const void* weights, void* packed,
                     ThreadPool&) noexcept {
  const Conv& p = std::get<Conv>(problem);
  const std::int64_t group = p.in_channels / p.groups;
  const bool flipped = p.stride[2] == 1;
  const float* w = static_cast<const float*>(weights);
  pack_blocks(p, packed, [&](std::int64_t channel, std::int64_t i, std::int64_t tap) {
    const std::int64_t out = channel / group * group + i;
    return w[(out * group + channel % group) * 9 + (flipped ? 8 - tap : tap)];
  });
}

}  // namespace

constinit const Kernel kConvGrouped = {.family = "conv",
                                       .name = "grouped",
                                       .refuse = refuse_grouped,
                                       .scratch_bytes = slide_statistics_bytes,
                                       .run = run_forward,
                                       .packed_bytes = packed_bytes,
                                       .pack = pack_forward};

constinit const Kernel kConvGradInputGrouped = {.family = "conv_grad_input",
                                                .name = "grouped",
                                                .refuse = refuse_grouped,
                                                .scratch_bytes = slide_norm_grad_bytes,
                                                .run = run_grad_input,
                                                .packed_bytes = packed_bytes,
                                                .pack = pack_grad_input};

}  // namespace noyau::kernels
#endif  // HWY_ONCE
