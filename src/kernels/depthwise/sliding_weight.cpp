#include "kernels/depthwise/sliding.hpp"
#include "kernels/simd.hpp"
// The macros above come before Highway.
#include "kernels/chunks.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/depthwise/sliding_weight.cpp"
#include "hwy/foreach_target.h"
#include "kernels/simd-inl.hpp"
#include "kernels/slide-inl.hpp"
#include "kernels/slide_weight-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace noyau::kernels::HWY_NAMESPACE {

// Rows of the kernel per slide, so that sums and window fit the registers.
template <int K>
constexpr int kTapRows = kLanes == 16 ? (K == 7 ? 3 : K)
                                      : (K == 3   ? 3
                                         : K == 5 ? 2
                                                  : 1);

// A vector of channels in a band of dy.
struct Position {
  std::int64_t row, channel;
  bool first;  // of its slice: the partial sums start here
};

// Kernel rows from kFirst on, as many at a time as fit; `partial` is [K * K][kBlock].
template <template <int, int, int> class Steps, int K, int kFirst, class Input>
HWY_INLINE void add_taps(const Planes& p, const Input& input, const Position& at, Ahead& ahead_x,
                         Ahead& ahead_dy, float* partial) {
  constexpr int kTaps = std::min(kTapRows<K>, K - kFirst);
  constexpr int kBand = kBandRows<K>;
  using Step = Steps<K, kTaps, kBand>;
  const F32 d;
  VecF sum[kTaps][K];
  HWY_UNROLL(8)
  for (int h = 0; h < kTaps; ++h) HWY_UNROLL(8)
  for (int w = 0; w < K; ++w) sum[h][w] = hn::Zero(d);
  const std::int64_t x_row = at.row * Step::kStride - p.pad_top + kFirst;
  Step::run(p, input.template rows<Step::kRows>(p.x, x_row, at.channel),
            Rows<kBand>(p.dy, at.row, 1, at.channel), ahead_x, ahead_dy, sum);
  HWY_UNROLL(8)
  for (int h = 0; h < kTaps; ++h) HWY_UNROLL(8)
  for (int w = 0; w < K; ++w) {
    float* to = partial + ((kFirst + h) * K + w) * kBlock;
    hn::StoreU(at.first ? sum[h][w] : hn::Add(hn::LoadU(d, to), sum[h][w]), d, to);
  }
  if constexpr (kFirst + kTaps < K) {
    Ahead none;
    add_taps<Steps, K, kFirst + kTaps>(p, input, at, none, none, partial);
  }
}

// Sums over bands [begin, end) of all images; `partial` is [blocks][K * K][kBlock].
template <template <int, int, int> class Steps, int K, class Input>
void sum_bands(const Conv& conv, const Args& args, const Input& input, std::int64_t begin,
               std::int64_t end, float* partial) {
  const std::int64_t channels = conv.out_channels, images = conv.batch * conv.in[0];
  const std::int64_t bands = divide_up(conv.out[1], kBandRows<K>), stride = conv.stride[1];
  Planes p{{args.in<float>(0), conv.in[2], channels, 0, conv.in[1]},
           {args.in<float>(1), conv.out[2], channels, 0, conv.out[1]},
           conv.pad[1],
           conv.pad[2]};
  const std::int64_t x_row = p.x.width * channels, dy_row = p.dy.width * channels;
  for (std::int64_t i = begin; i < end; ++i) {
    const std::int64_t image = i / bands, row = i % bands * kBandRows<K>;
    p.x.first = image * p.x.height;
    p.dy.first = image * p.dy.height;
    const std::int64_t next_dy = p.dy.first + row + kBandRows<K>;
    const std::int64_t next_x = p.x.first + (row + kBandRows<K> - 1) * stride - p.pad_top + K;
    Ahead ahead_x(p.x.data + std::clamp<std::int64_t>(next_x, 0, images * p.x.height) * x_row,
                  p.x.data + images * p.x.height * x_row, kBandRows<K> * stride * x_row);
    Ahead ahead_dy(p.dy.data + std::min(next_dy, images * p.dy.height) * dy_row,
                   p.dy.data + images * p.dy.height * dy_row, kBandRows<K> * dy_row);
    for (std::int64_t c = 0, block = 0; c < channels; c += kBlock, ++block) {
      for (std::int64_t k = 0; k < kBlock; k += kLanes) {
        const Position at{row, std::min(c, channels - kBlock) + k, i == begin};
        add_taps<Steps, K, 0>(p, input, at, ahead_x, ahead_dy,
                              partial + block * K * K * kBlock + k);
      }
    }
  }
}

using SumBands = void (*)(const Conv&, const Args&, std::int64_t, std::int64_t, float*);

template <template <int, int, int> class Steps, int K>
void sum_input_bands(const Conv& conv, const Args& args, std::int64_t begin, std::int64_t end,
                     float* partial) {
  if (conv.normalised) {
    const NormalisedInput input(conv.input_activation, args, 2);
    sum_bands<Steps, K>(conv, args, input, begin, end, partial);
  } else {
    sum_bands<Steps, K>(conv, args, PlainInput(), begin, end, partial);
  }
}

template <template <int, int, int> class Steps>
SumBands sum_bands_of(std::int64_t kernel) {
  if (kernel == 3) return sum_input_bands<Steps, 3>;
  return kernel == 5 ? sum_input_bands<Steps, 5> : sum_input_bands<Steps, 7>;
}

// Adds up the partial sums of a block in the order of the slices.
void reduce_block(const Conv& p, const float* partials, std::int64_t slices, std::int64_t block,
                  float* dweight) {
  const std::int64_t taps = volume(p.kernel), blocks = divide_up(p.out_channels, kBlock);
  const std::int64_t channel = std::min(block * kBlock, p.out_channels - kBlock);
  for (std::int64_t t = 0; t < taps; ++t) {
    double sum[kBlock] = {};
    for (std::int64_t s = 0; s < slices; ++s) {
      const float* partial = partials + ((s * blocks + block) * taps + t) * kBlock;
      for (std::int64_t i = 0; i < kBlock; ++i) sum[i] += double(partial[i]);
    }
    // The last block may begin with channels of the one before, which writes them.
    for (std::int64_t i = block * kBlock - channel; i < kBlock; ++i) {
      dweight[(channel + i) * taps + t] = float(sum[i]);
    }
  }
}

void depthwise_grad_weight_sliding_f32(const Problem& problem, const Args& args) {
  const Conv& p = std::get<Conv>(problem);
  const SlideCut cut = sliding_weight_cut(p);
  const std::int64_t blocks = divide_up(p.out_channels, kBlock);
  const SumBands sum = p.stride[1] == 1 ? sum_bands_of<EqualSteps>(p.kernel[2])
                                        : sum_bands_of<DoubleSteps>(p.kernel[2]);
  float* partials = reinterpret_cast<float*>(args.scratch);
  for_chunks(args.pool, cut.slices, 1, [&](std::int64_t i, std::int64_t) {
    sum(p, args, i * cut.per_slice, std::min(cut.bands, (i + 1) * cut.per_slice),
        partials + i * blocks * volume(p.kernel) * kBlock);
  });
  for_chunks(args.pool, blocks, 4, [&](std::int64_t i, std::int64_t end) {
    for (; i < end; ++i) reduce_block(p, partials, cut.slices, i, args.out<float>(0));
  });
}

}  // namespace noyau::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace noyau::kernels {

HWY_EXPORT(depthwise_grad_weight_sliding_f32);

void depthwise_grad_weight_sliding(const Problem& problem, const Args& args) noexcept {
  HWY_DYNAMIC_DISPATCH(depthwise_grad_weight_sliding_f32)(problem, args);
}

std::size_t depthwise_grad_weight_sliding_scratch(const Problem& problem) {
  const Conv& p = std::get<Conv>(problem);
  return std::size_t(sliding_weight_cut(p).slices) * sliding_packed_bytes(problem);
}

}  // namespace noyau::kernels
#endif  // HWY_ONCE
