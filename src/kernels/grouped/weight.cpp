#include "kernels/grouped/grouped.hpp"
#include "kernels/simd.hpp"
// The macros above come before Highway.
#include "kernels/chunks.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/grouped/weight.cpp"
#include "hwy/foreach_target.h"
#include "kernels/grouped/spread-inl.hpp"
#include "kernels/simd-inl.hpp"
#include "kernels/slide-inl.hpp"
#include "kernels/slide_weight-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace noyau::kernels::HWY_NAMESPACE {

// Channels of a group whose sums are made together; with three taps each they fit the registers.
inline constexpr int kPartners = 4;

// Pixels of a row of x, as kPartners channels of every lane's group.
template <int kGroup>
struct SpreadRow {
  const float* at;
  std::int64_t step, first;

  HWY_INLINE VecF load(int i) const { return spread<kGroup>(at, first + i); }
  HWY_INLINE void skip() { at += step; }
};

// A vector of channels in a row of dy.
struct DyVector {
  std::int64_t row, channel;
  bool first;           // of its slice: the partial sums start here
  std::int64_t read_x;  // the rows of x before it that are needed have been read for the last row
};

// Row `row` of x, for the groups that begin at `channel`.
template <int kGroup>
HWY_INLINE SpreadRow<kGroup> row_of(PlainInput input, const Plane& x, std::int64_t row,
                                    std::int64_t channel, const DyVector&, float*) {
  const Rows<1> from = input.rows<1>(x, row, channel);
  return {from.at[0], from.step[0], 0};
}

// The same, normalised once for all walks along it and the rows of dy that meet it; the last three
// rows lie in `buffer`. A vector holds whole groups (refuse_grad_weight).
template <int kGroup>
HWY_INLINE SpreadRow<kGroup> row_of(const NormalisedInput& input, const Plane& x, std::int64_t row,
                                    std::int64_t channel, const DyVector& at, float* buffer) {
  float* const begin = buffer + row % 3 * x.width * kLanes;
  if (row >= at.read_x) {
    auto from = input.rows<1>(x, row, channel);
    for (std::int64_t w = 0; w < x.width; ++w) {
      hn::StoreU(from.load(0), F32(), begin + w * kLanes);
      from.skip();
    }
  }
  return {begin, kLanes, 0};
}

// `partial` is [kernel row][channel of the group][kernel column][kBlock].
template <template <int, int, int> class Steps, int kGroup, class Input>
HWY_INLINE void add_groups(const Planes& p, const Input& input, const DyVector& at, Ahead& ahead_x,
                           Ahead& ahead_dy, float* buffer, float* partial) {
  using Step = Steps<3, kPartners, 1>;
  const F32 d;
  Ahead none;
  for (std::int64_t h = 0; h < 3; ++h) {
    const std::int64_t x_row = at.row * Step::kStride - p.pad_top + h;
    if (x_row < 0 || x_row >= p.x.height) {
      if (at.first) {
        for (int t = 0; t < kGroup * 3; ++t) hn::StoreU(hn::Zero(d), d, partial + t * kBlock);
      }
      partial += kGroup * 3 * kBlock;
      continue;
    }
    SpreadRow<kGroup> x =
        row_of<kGroup>(input, p.x, x_row, first_of_groups<kGroup>(at.channel), at, buffer);
    const Rows<1> dy(p.dy, at.row, 1, at.channel);
    for (std::int64_t i = 0; i < kGroup; i += kPartners) {
      x.first = i;
      VecF sum[kPartners][3];
      HWY_UNROLL(4)
      for (int k = 0; k < kPartners; ++k) HWY_UNROLL(4)
      for (int w = 0; w < 3; ++w) sum[k][w] = hn::Zero(d);
      const bool fetch = h == 1 && i == 0;
      Step::run(p, x, dy, fetch ? ahead_x : none, fetch ? ahead_dy : none, sum);
      HWY_UNROLL(4)
      for (int k = 0; k < kPartners; ++k) HWY_UNROLL(4)
      for (int w = 0; w < 3; ++w, partial += kBlock) {
        hn::StoreU(at.first ? sum[k][w] : hn::Add(hn::LoadU(d, partial), sum[k][w]), d, partial);
      }
    }
  }
}

// What a slice writes: its sums [blocks][9 * kGroup][kBlock] and three rows of x for each block.
struct Slice {
  std::int64_t begin, end;  // rows of dy of all images
  float *partial, *buffer;
};

template <template <int, int, int> class Steps, int kGroup, class Input>
void sum_groups(const Conv& conv, const Args& args, const Input& input, const Slice& slice) {
  const std::int64_t channels = conv.out_channels, images = conv.batch * conv.in[0];
  Planes p{{args.in<float>(0), conv.in[2], channels, 0, conv.in[1]},
           {args.in<float>(1), conv.out[2], channels, 0, conv.out[1]},
           conv.pad[1],
           conv.pad[2]};
  const std::int64_t x_row = p.x.width * channels, dy_row = p.dy.width * channels;
  const float* x_end = p.x.data + images * p.x.height * x_row;
  const float* dy_end = p.dy.data + images * p.dy.height * dy_row;
  for (std::int64_t i = slice.begin; i < slice.end; ++i) {
    const std::int64_t image = i / p.dy.height, row = i % p.dy.height;
    p.x.first = image * p.x.height;
    p.dy.first = image * p.dy.height;
    const std::int64_t next_x = p.x.first + row * conv.stride[1] - p.pad_top + 3;
    Ahead ahead_x(p.x.data + std::clamp<std::int64_t>(next_x, 0, images * p.x.height) * x_row,
                  x_end, conv.stride[1] * x_row);
    Ahead ahead_dy(p.dy.data + (i + 1) * dy_row, dy_end, dy_row);
    const bool alone = i == slice.begin || row == 0;
    const std::int64_t read_x = alone ? 0 : (row - 1) * conv.stride[1] - p.pad_top + 3;
    for (std::int64_t c = 0, block = 0; c < channels; c += kBlock, ++block) {
      for (std::int64_t k = 0; k < kBlock; k += kLanes) {
        const DyVector at{row, std::min(c, channels - kBlock) + k, i == slice.begin, read_x};
        add_groups<Steps, kGroup>(p, input, at, ahead_x, ahead_dy,
                                  slice.buffer + (c + k) * 3 * p.x.width,
                                  slice.partial + block * 9 * kGroup * kBlock + k);
      }
    }
  }
}

using SumGroups = void (*)(const Conv&, const Args&, const Slice&);

template <template <int, int, int> class Steps, int kGroup>
void sum_input_groups(const Conv& conv, const Args& args, const Slice& slice) {
  if (conv.normalised) {
    const NormalisedInput input(conv.input_activation, args, 2);
    sum_groups<Steps, kGroup>(conv, args, input, slice);
  } else {
    sum_groups<Steps, kGroup>(conv, args, PlainInput(), slice);
  }
}

template <template <int, int, int> class Steps>
SumGroups sum_groups_of(std::int64_t group) {
  if (group == 4) return sum_input_groups<Steps, 4>;
  return group == 8 ? sum_input_groups<Steps, 8> : sum_input_groups<Steps, 16>;
}

// Adds up the partial sums of a block in the order of the slices.
void reduce_groups(const Conv& p, const float* partials, std::int64_t slices, std::int64_t block,
                   float* dweight) {
  const std::int64_t group = p.in_channels / p.groups, sums = 9 * group;
  const std::int64_t blocks = divide_up(p.out_channels, kBlock);
  const std::int64_t channel = std::min(block * kBlock, p.out_channels - kBlock);
  for (std::int64_t t = 0; t < sums; ++t) {
    double sum[kBlock] = {};
    for (std::int64_t s = 0; s < slices; ++s) {
      const float* partial = partials + ((s * blocks + block) * sums + t) * kBlock;
      for (std::int64_t k = 0; k < kBlock; ++k) sum[k] += double(partial[k]);
    }
    const std::int64_t h = t / (group * 3), i = t / 3 % group, w = t % 3;
    // The last block may begin with channels of the one before, which writes them.
    for (std::int64_t k = block * kBlock - channel; k < kBlock; ++k) {
      dweight[((channel + k) * group + i) * 9 + h * 3 + w] = float(sum[k]);
    }
  }
}

std::int64_t grouped_lanes() { return kLanes; }

void grouped_grad_weight_f32(const Problem& problem, const Args& args) {
  const Conv& p = std::get<Conv>(problem);
  const std::int64_t group = p.in_channels / p.groups;
  const SlideCut cut = slide_cut(p, 1, kGroupedSlices);
  const std::int64_t blocks = divide_up(p.out_channels, kBlock);
  const SumGroups sum =
      p.stride[1] == 1 ? sum_groups_of<EqualSteps>(group) : sum_groups_of<DoubleSteps>(group);
  float* partials = reinterpret_cast<float*>(args.scratch);
  float* buffers = partials + cut.slices * blocks * 9 * group * kBlock;
  for_chunks(args.pool, cut.slices, 1, [&](std::int64_t i, std::int64_t) {
    const std::int64_t end = std::min(cut.bands, (i + 1) * cut.per_slice);
    sum(p, args,
        {i * cut.per_slice, end, partials + i * blocks * 9 * group * kBlock,
         buffers + i * blocks * kBlock * 3 * p.in[2]});
  });
  for_chunks(args.pool, blocks, 1, [&](std::int64_t i, std::int64_t) {
    reduce_groups(p, partials, cut.slices, i, args.out<float>(0));
  });
}

}  // namespace noyau::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace noyau::kernels {

HWY_EXPORT(grouped_lanes);
HWY_EXPORT(grouped_grad_weight_f32);

namespace {

// Sums, window and input take all of 16 registers and one more: with such an instruction set only
// the smallest groups are worth it.
std::string refuse_grad_weight(const Problem& problem) {
  const Conv& p = std::get<Conv>(problem);
  const std::int64_t lanes = HWY_DYNAMIC_DISPATCH(grouped_lanes)();
  if (lanes < kBlock && p.in_channels / p.groups >= lanes) {
    return "takes groups below the " + std::to_string(lanes) + " lanes of this instruction set";
  }
  return refuse_grouped(problem);
}

void run_grad_weight(const Problem& problem, const Args& args) noexcept {
  HWY_DYNAMIC_DISPATCH(grouped_grad_weight_f32)(problem, args);
}

std::size_t scratch_bytes(const Problem& problem) {
  const Conv& p = std::get<Conv>(problem);
  const std::int64_t sums = 9 * (p.in_channels / p.groups) * round_up(p.out_channels, kBlock);
  const std::int64_t rows = p.normalised ? 3 * p.in[2] * round_up(p.out_channels, kBlock) : 0;
  return std::size_t(slide_cut(p, 1, kGroupedSlices).slices * (sums + rows)) * sizeof(float);
}

}  // namespace

constinit const Kernel kConvGradWeightGrouped = {.family = "conv_grad_weight",
                                                 .name = "grouped",
                                                 .refuse = refuse_grad_weight,
                                                 .scratch_bytes = scratch_bytes,
                                                 .run = run_grad_weight};

}  // namespace noyau::kernels
#endif  // HWY_ONCE
