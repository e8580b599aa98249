// Kernels that slide along rows, for depthwise and grouped convolutions, their forward pass and the
// gradient of their input. Compiled per instruction set.
//
// Two or four rows of the target are made together: each column of the rows they read is loaded
// once and added to every sum it takes part in. The sums of the columns that are still open stay in
// registers; the oldest leaves, a new one enters. How a column meets the weights is the business of
// `Taps`.
#if defined(NOYAU_KERNELS_SLIDE_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef NOYAU_KERNELS_SLIDE_INL
#undef NOYAU_KERNELS_SLIDE_INL
#else
#define NOYAU_KERNELS_SLIDE_INL
#endif

#include <type_traits>

#include "hwy/cache_control.h"
#include "kernels/activated-inl.hpp"
#include "kernels/conv/conv.hpp"
#include "kernels/norm/carried.hpp"
#include "kernels/simd-inl.hpp"
#include "kernels/slide.hpp"
#include "kernels/slide_carry-inl.hpp"
#include "kernels/slide_rows-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace noyau::kernels::HWY_NAMESPACE {

// What all bands of a call share.
struct Slide {
  Plane source;  // `first` is set for each image
  std::int64_t target_width, target_height, pad;
  const float* weight;  // packed
  const float* bias;
  Activation activation;
  float* target;
  Carry carry = {};
  bool stream = false;    // the target is too large for the caches: write past them
  bool conflict = false;  // see Writer
};

// Rows of the target made together; one outside the image writes a pixel that nobody reads.
struct Band {
  const Slide& slide;
  Plane source;
  std::int64_t source_row;      // of the first row of the kernel
  float* target[kMostTargets];  // null: outside
  float* sums;                  // of the piece that the band belongs to, where a norm wants some

  // A vector of channels of it, of which those below `fresh` have been walked before.
  Column column(std::int64_t channel, std::int64_t fresh) const {
    Column c{channel, std::clamp<std::int64_t>(fresh - channel, 0, kLanes), source.channels, {}, {},
             sums};
    for (int i = 0; i < kMostTargets; ++i) {
      c.inside[i] = target[i] != nullptr;
      c.at[i] = c.inside[i] ? target[i] - slide.target : 0;
    }
    return c;
  }
};

// The rows that the next band reads and, unless it writes past the caches, those it writes; of what
// a norm read and put out, the same.
struct Fetches {
  Ahead source, target, x, y;
};

// The rows that a slide writes. Where each pixel's store would share its low twelve address
// bits with the loads beside it, which the processor takes for a conflict, they wait in a buffer.
template <int R>
struct Writer {
  static constexpr std::int64_t kMostPixels = 128;
  alignas(64) float buffer[R][kMostPixels * kLanes];
  float* at[R];
  std::int64_t step[R];
  const Band& band;
  std::int64_t channel;
  bool buffered, stream[R];

  HWY_INLINE Writer(const Band& b, std::int64_t c) : band(b), channel(c) {
    buffered = b.slide.conflict && b.slide.target_width <= kMostPixels;
    for (int i = 0; i < R; ++i) {
      const bool inside = b.target[i] != nullptr;
      at[i] = inside && !buffered ? b.target[i] + channel : buffer[i];
      step[i] = buffered ? kLanes : inside ? b.source.channels : 0;
      stream[i] = inside && !buffered && b.slide.stream;
    }
  }
  /// One pixel of each row: sum[row][column].
  template <class Carried, int kSums>
  HWY_INLINE void put(const VecF (&sum)[R][kSums], int column, Carried& carried) {
    HWY_UNROLL(4)
    for (int i = 0; i < R; ++i) {
      const VecF v = activated(sum[i][column], band.slide.activation);
      store(carried.step(v, i), at[i], stream[i]);
      at[i] += step[i];
    }
  }
  void finish() const {
    if (!buffered) return;
    for (int i = 0; i < R; ++i) {
      if (band.target[i] == nullptr) continue;
      float* to = band.target[i] + channel;
      for (std::int64_t w = 0; w < band.slide.target_width; ++w, to += band.source.channels) {
        store(hn::Load(F32(), buffer[i] + w * kLanes), to, band.slide.stream);
      }
    }
  }
  static HWY_INLINE void store(VecF v, float* to, bool stream) {
    if (stream) {
      hn::Stream(v, F32(), to);
    } else {
      hn::StoreU(v, F32(), to);
    }
  }
};

HWY_INLINE VecF first_sum(const Slide& s, std::int64_t channel) {
  return s.bias ? hn::LoadU(F32(), s.bias + channel) : hn::Zero(F32());
}

template <int R, int kSums>
HWY_INLINE void open_all(VecF (&sum)[R][kSums], VecF start) {
  HWY_UNROLL(4)
  for (int i = 0; i < R; ++i) HWY_UNROLL(8)
  for (int j = 0; j < kSums; ++j) sum[i][j] = start;
}

// Drops the `kCount` oldest sums and opens as many.
template <int kCount, int R, int kSums>
HWY_INLINE void shift(VecF (&sum)[R][kSums], VecF start) {
  HWY_UNROLL(4)
  for (int i = 0; i < R; ++i) HWY_UNROLL(8)
  for (int j = 0; j < kSums; ++j) sum[i][j] = j + kCount < kSums ? sum[i][j + kCount] : start;
}

using All = std::integral_constant<int, 0>;

// Stride 1: column c (counted with the padding) adds tap c - o to output o.
template <class Taps>
struct SameColumns {
  static constexpr int K = Taps::kKernel, kPacked = Taps::kPacked;
  static constexpr int R = Taps::kTargets;
  static constexpr int kSums = K, kRows = K + R - 1, kReach = kRows;

  template <class Weights>
  static HWY_INLINE void add(const Weights& weight, const VecF (&v)[kRows], VecF (&sum)[R][K],
                             All) {
    HWY_UNROLL(8)
    for (int h = 0; h < K; ++h) HWY_UNROLL(8)
    for (int w = 0; w < K; ++w) {
      const VecF tap = weight[h * K + w];
      HWY_UNROLL(4)
      for (int i = 0; i < R; ++i) {
        sum[i][K - 1 - w] = hn::MulAdd(tap, v[h + i], sum[i][K - 1 - w]);
      }
    }
  }

  template <class Output, class Input>
  static void run(const Band& b, const Input& input, const Column& at, const float* packed,
                  Fetches& ahead) {
    const Slide& s = b.slide;
    VecF sum[R][K];
    const Taps taps(packed);
    const VecF start = first_sum(s, at.channel);
    open_all(sum, start);
    auto rows = input.template rows<kRows, Taps::kVectors>(b.source, b.source_row,
                                                           Taps::source_channel(at.channel));
    Writer<R> out(b, at.channel);
    typename Output::template Of<R> carried(s.carry, at);
    const std::int64_t steps = s.target_width + K - 1, inside_end = s.source.width + s.pad;
    std::int64_t c = 0;
    for (; c < K - 1; ++c) {
      if (c >= s.pad && c < inside_end) {
        taps.template column<SameColumns>(rows, sum, All());
      }
      shift<1>(sum, start);
    }
    for (; c < std::min(steps, inside_end); ++c) {
      taps.template column<SameColumns>(rows, sum, All());
      out.put(sum, 0, carried);
      shift<1>(sum, start);
      ahead.source.fetch<R>();
      ahead.target.fetch<R>();
      carried.template fetch<R>(ahead.x, ahead.y);
    }
    for (; c < steps; ++c) {
      out.put(sum, 0, carried);
      shift<1>(sum, start);
    }
    out.finish();
    carried.finish(at);
  }
};

// Stride 2, forward: an even column adds taps of even number, the odd one after it the others.
template <class Taps>
struct HalvedColumns {
  static constexpr int K = Taps::kKernel, kPacked = Taps::kPacked;
  static constexpr int R = Taps::kHalvedTargets;
  static constexpr int kSums = (K + 1) / 2, kRows = K + 2 * R - 2, kReach = kRows;

  template <class Weights, int kOdd>
  static HWY_INLINE void add(const Weights& weight, const VecF (&v)[kRows], VecF (&sum)[R][kSums],
                             std::integral_constant<int, kOdd>) {
    HWY_UNROLL(8)
    for (int h = 0; h < K; ++h) HWY_UNROLL(4)
    for (int j = kOdd; j < kSums; ++j) {
      const VecF tap = weight[h * K + K - 1 - 2 * j + kOdd];
      HWY_UNROLL(4)
      for (int i = 0; i < R; ++i) sum[i][j] = hn::MulAdd(tap, v[h + 2 * i], sum[i][j]);
    }
  }

  template <class Output, class Input>
  static void run(const Band& b, const Input& input, const Column& at, const float* packed,
                  Fetches& ahead) {
    const Slide& s = b.slide;
    VecF sum[R][kSums];
    const Taps taps(packed);
    const VecF start = first_sum(s, at.channel);
    open_all(sum, start);
    auto rows = input.template rows<kRows, Taps::kVectors>(b.source, b.source_row,
                                                           Taps::source_channel(at.channel));
    Writer<R> out(b, at.channel);
    typename Output::template Of<R> carried(s.carry, at);
    const std::int64_t lag = kSums - 1, steps = s.target_width + lag;
    for (std::int64_t m = 0; m < steps; ++m) {
      for (; m >= lag && m < steps && 2 * m + 1 - s.pad < s.source.width; ++m) {
        taps.template column<HalvedColumns>(rows, sum, std::integral_constant<int, 0>());
        out.put(sum, 0, carried);
        taps.template column<HalvedColumns>(rows, sum, std::integral_constant<int, 1>());
        shift<1>(sum, start);
        ahead.source.fetch<4 * R>();
        ahead.target.fetch<R>();
        carried.template fetch<R>(ahead.x, ahead.y);
      }
      if (m == steps) break;
      const std::int64_t column = 2 * m - s.pad;
      if (column >= 0 && column < s.source.width) {
        taps.template column<HalvedColumns>(rows, sum, std::integral_constant<int, 0>());
      }
      if (m >= lag) {
        out.put(sum, 0, carried);
      }
      if (column + 1 >= 0 && column + 1 < s.source.width) {
        taps.template column<HalvedColumns>(rows, sum, std::integral_constant<int, 1>());
      }
      shift<1>(sum, start);
    }
    out.finish();
    carried.finish(at);
  }
};

// Stride 2, gradient of input: a column of dy adds tap w to column 2 * o + w of dx (counted with
// the padding); even taps along the height go to the first row of a pair of dx, odd ones to the
// second. Rows of dy are walked from the last to the first.
template <class Taps>
struct DoubledColumns {
  static constexpr int K = Taps::kKernel, kPacked = Taps::kPacked;
  static constexpr int R = 2;
  static constexpr int kSums = K, kRows = (K + 1) / 2, kReach = 1;

  template <class Weights>
  static HWY_INLINE void add(const Weights& weight, const VecF (&v)[kRows], VecF (&sum)[R][K],
                             All) {
    HWY_UNROLL(8)
    for (int h = 0; h < K; ++h) HWY_UNROLL(8)
    for (int w = 0; w < K; ++w) {
      sum[h % 2][w] = hn::MulAdd(weight[h * K + w], v[h / 2], sum[h % 2][w]);
    }
  }

  template <class Output>
  static void run(const Band& b, PlainInput, const Column& at, const float* packed,
                  Fetches& ahead) {
    const Slide& s = b.slide;
    VecF sum[R][K];
    const Taps taps(packed);
    const VecF start = first_sum(s, at.channel);
    open_all(sum, start);
    Rows<kRows> rows(b.source, b.source_row, -1, Taps::source_channel(at.channel));
    Writer<R> out(b, at.channel);
    typename Output::template Of<R> carried(s.carry, at);
    const std::int64_t steps = divide_up(s.target_width + s.pad, 2);
    for (std::int64_t o = 0; o < steps; ++o) {
      for (; 2 * o >= s.pad && o < s.source.width && 2 * o - s.pad + 1 < s.target_width; ++o) {
        taps.template column<DoubledColumns>(rows, sum, All());
        HWY_UNROLL(2)
        for (int j = 0; j < 2; ++j) {
          out.put(sum, j, carried);
        }
        shift<2>(sum, start);
        ahead.source.fetch<1>();
        ahead.target.fetch<2 * R>();
        carried.template fetch<2 * R>(ahead.x, ahead.y);
      }
      if (o == steps) break;
      if (o < s.source.width) {
        taps.template column<DoubledColumns>(rows, sum, All());
      }
      HWY_UNROLL(2)
      for (int j = 0; j < 2; ++j) {
        const std::int64_t column = 2 * o - s.pad + j;
        if (column < 0 || column >= s.target_width) continue;
        out.put(sum, j, carried);
      }
      shift<2>(sum, start);
    }
    out.finish();
    carried.finish(at);
  }
};

// Where the bands of an image lie: band i holds the rows from i * R + target_row on of the target;
// the first row it reads is i * source_step + source_row.
struct BandPlan {
  std::int64_t count, target_row, source_step, source_row;
};

// All vectors of channels of one band; the last vector overlaps the one before it if it must.
template <class Columns, class Output, class Input>
void slide_band(const Band& b, const Input& input, Fetches& ahead) {
  const std::int64_t channels = b.source.channels;
  for (std::int64_t c = 0, block = 0; c < channels; c += kBlock, ++block) {
    const std::int64_t first = std::min(c, channels - kBlock);
    const float* packed = b.slide.weight + block * Columns::kPacked * kBlock;
    for (std::int64_t i = 0; i < kBlock; i += kLanes) {
      Columns::template run<Output>(b, input, b.column(first + i, c), packed + i, ahead);
    }
  }
}

// Whole cache lines that will not be in a cache any more when the next kernel reads them are
// written past the caches: that spares reading them first.
inline bool may_stream(const Slide& s, std::int64_t floats) {
  constexpr std::int64_t kLarge = 4 << 20;  // 16 MiB
  return kLanes == 16 && s.source.channels % 16 == 0 && floats >= kLarge &&
         std::uintptr_t(s.target) % 64 == 0;
}

// See Writer.
inline bool may_conflict(const Slide& s) {
  const std::uintptr_t apart = std::uintptr_t(s.target) - std::uintptr_t(s.source.data);
  return s.source.channels % 256 == 0 && (apart + 63) % 4096 < 127;
}

// Returns the number of pieces that have sums of their own.
template <class Columns, class Output, class Input>
std::int64_t slide_all(Slide s, const Input& input, const BandPlan& plan, std::int64_t images,
                       ThreadPool& pool) {
  constexpr int R = Columns::R;
  const std::int64_t channels = s.source.channels, row = s.target_width * channels;
  const std::int64_t source_row = s.source.width * channels, rows = images * s.target_height;
  const std::int64_t bands = images * plan.count;
  const std::int64_t grain =
      s.carry.sums ? bands_per_piece(R * s.target_width, channels) : grain_for(R * row / 4);
  const float* source_end = s.source.data + images * s.source.height * source_row;
  s.stream = may_stream(s, rows * row);
  s.conflict = may_conflict(s);
  for_chunks(pool, bands, grain, [&](std::int64_t i, std::int64_t end) {
    float* sums = s.carry.sums ? s.carry.sums + i / grain * 2 * channels : nullptr;
    if (sums) std::fill_n(sums, 2 * channels, 0.0f);
    for (; i < end; ++i) {
      const std::int64_t image = i / plan.count, band = i % plan.count;
      const std::int64_t first = R * band + plan.target_row;
      Band b{s, s.source, band * plan.source_step + plan.source_row, {}, sums};
      b.source.first = image * s.source.height;
      for (int k = 0; k < R; ++k) {
        const bool inside = first + k >= 0 && first + k < s.target_height;
        b.target[k] = inside ? s.target + (image * s.target_height + first + k) * row : nullptr;
      }
      const std::int64_t read = std::clamp<std::int64_t>(
          b.source.first + b.source_row + Columns::kReach, 0, images * s.source.height);
      const std::int64_t written = std::min(rows, image * s.target_height + first + R);
      const auto next = [&](const float* tensor) {
        return tensor ? Ahead(tensor + written * row, tensor + rows * row, R * row) : Ahead();
      };
      Fetches ahead{{s.source.data + read * source_row, source_end, plan.source_step * source_row},
                    next(s.stream ? nullptr : s.target),
                    next(s.carry.x),
                    next(s.carry.y)};
      slide_band<Columns, Output>(b, input, ahead);
    }
    if (s.stream) hwy::FlushStream();
  });
  return divide_up(bands, grain);
}

// The bands of a forward pass or of a gradient of the input, for weights packed by pack_slide or
// alike; returns the number of pieces.
template <class Taps, class Output, class Input>
std::int64_t slide_forward(const Conv& p, const Slide& s, const Input& input, ThreadPool& pool) {
  const std::int64_t images = p.batch * p.in[0], stride = p.stride[1];
  const std::int64_t targets = stride == 1 ? Taps::kTargets : Taps::kHalvedTargets;
  const BandPlan plan{divide_up(p.out[1], targets), 0, targets * stride, -p.pad[1]};
  return stride == 1 ? slide_all<SameColumns<Taps>, Output>(s, input, plan, images, pool)
                     : slide_all<HalvedColumns<Taps>, Output>(s, input, plan, images, pool);
}

template <class Taps, class Input>
void slide_forward(const Conv& p, const Args& args, const Input& input) {
  Slide s{{args.in<float>(0), p.in[2], p.in_channels, 0, p.in[1]},
          p.out[2],
          p.out[1],
          p.pad[2],
          args.in<float>(1),
          input_or_null<float>(args, 2),
          p.activation,
          args.out<float>(0)};
  if (!p.statistics) {
    slide_forward<Taps, PlainOutput>(p, s, input, args.pool);
    return;
  }
  s.carry = carry_statistics(args);
  const std::int64_t pieces = slide_forward<Taps, StatisticsOutput>(p, s, input, args.pool);
  finish_statistics(p, args, s.carry.sums, pieces);
}

template <class Taps>
void slide_forward(const Conv& p, const Args& args) {
  if (p.normalised) {
    slide_forward<Taps>(p, args, NormalisedInput(p.input_activation, args, kInMean));
  } else {
    slide_forward<Taps>(p, args, PlainInput());
  }
}

template <class Taps, class Output>
std::int64_t slide_grad_input(const Conv& p, const Slide& s, ThreadPool& pool) {
  const std::int64_t images = p.batch * p.in[0];
  const PlainInput dy;
  if (p.stride[1] == 1) {
    constexpr std::int64_t kTargets = Taps::kTargets;
    const BandPlan plan{divide_up(p.in[1], kTargets), 0, kTargets, p.pad[1] + 1 - p.kernel[1]};
    return slide_all<SameColumns<Taps>, Output>(s, dy, plan, images, pool);
  }
  const BandPlan plan{divide_up(p.in[1] + p.pad[1], 2), -p.pad[1], 1, 0};
  return slide_all<DoubledColumns<Taps>, Output>(s, dy, plan, images, pool);
}

template <class Taps>
void slide_grad_input(const Conv& p, const Args& args) {
  Slide s{{args.in<float>(0), p.out[2], p.out_channels, 0, p.out[1]},
          p.in[2],
          p.in[1],
          p.stride[1] == 1 ? p.kernel[2] - 1 - p.pad[2] : p.pad[2],
          args.in<float>(1),
          input_or_null<float>(args, 2),
          Activation::none,
          args.out<float>(0)};
  if (!p.norm_grad) {
    slide_grad_input<Taps, PlainOutput>(p, s, args.pool);
    return;
  }
  s.carry = carry_norm_grad(p, args);
  std::int64_t pieces = 0;
  if (p.norm_activation == Activation::none) {
    pieces = slide_grad_input<Taps, NormGradOutput<Mask::none>>(p, s, args.pool);
  } else if (s.carry.y) {
    pieces = slide_grad_input<Taps, NormGradOutput<Mask::output>>(p, s, args.pool);
  } else {
    pieces = slide_grad_input<Taps, NormGradOutput<Mask::input>>(p, s, args.pool);
  }
  finish_norm_grad(p, args, s.carry.sums, pieces);
}

}  // namespace noyau::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
