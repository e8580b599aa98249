#include "kernels/simd.hpp"
// The macros above come before Highway.
#include "kernels/chunks.hpp"
#include "kernels/depthwise/depthwise.hpp"
#include "kernels/window.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/depthwise/simd.cpp"
#include "hwy/foreach_target.h"
#include "kernels/activated-inl.hpp"
#include "kernels/simd-inl.hpp"

// Forward and gradient of input: a row of pixels is cut into runs whose pixels share their taps;
// for a run of up to 4 pixels each weight vector is loaded once.

HWY_BEFORE_NAMESPACE();
namespace noyau::kernels::HWY_NAMESPACE {

struct Tap {
  const float* weight;  // one per channel
  const float* source;  // for the first pixel of the run
};

struct Run {
  const Tap* taps;
  std::int64_t tap_count, channels;
  std::int64_t source_step, target_step;  // floats between neighbouring pixels
  float* target;
  const float* bias;
  Activation activation;
};

// kPixels pixels, all channels.
template <int kPixels>
HWY_INLINE void run_pixels(const Run& run, std::int64_t first) {
  const F32 d;
  for (std::int64_t c = 0; c < run.channels; c += kLanes) {
    const std::int64_t n = run.channels - c;
    VecF sum[kPixels];
    const VecF start = run.bias ? load_n(run.bias + c, n) : hn::Zero(d);
    for (int i = 0; i < kPixels; ++i) sum[i] = start;
    for (std::int64_t t = 0; t < run.tap_count; ++t) {
      const VecF weight = load_n(run.taps[t].weight + c, n);
      const float* source = run.taps[t].source + first * run.source_step + c;
      for (int i = 0; i < kPixels; ++i) {
        sum[i] = hn::MulAdd(weight, load_n(source + i * run.source_step, n), sum[i]);
      }
    }
    for (int i = 0; i < kPixels; ++i) {
      const VecF v = activated(sum[i], run.activation);
      store_n(v, run.target + (first + i) * run.target_step + c, n);
    }
  }
}

void run_row(const Run& run, std::int64_t pixels) {
  std::int64_t i = 0;
  for (; i + 4 <= pixels; i += 4) run_pixels<4>(run, i);
  if (i + 2 <= pixels) {
    run_pixels<2>(run, i);
    i += 2;
  }
  if (i < pixels) run_pixels<1>(run, i);
}

// A row of the kernel (all taps along the width) and the row of the source that it reads.
struct Line {
  std::int64_t kernel_row, source_row;
};

struct Finish {
  const float* bias = nullptr;
  Activation activation = Activation::none;
};

// The two passes differ in which source pixel tap k of target pixel w reads (-1: none) and in
// which source rows a target row reads.
struct Forward {
  const Conv& p;
  const Dims &target = p.out, &origin = p.in;
  std::int64_t period = 1;          // pixels this far apart use the same taps
  std::int64_t step = p.stride[2];  // their sources are this far apart

  std::int64_t source(int axis, std::int64_t at, std::int64_t k) const {
    const auto a = std::size_t(axis);
    const std::int64_t i = at * p.stride[a] - p.pad[a] + k * p.dilation[a];
    return i >= 0 && i < p.in[a] ? i : -1;
  }
};

struct Backward {
  const Conv& p;
  const Dims &target = p.in, &origin = p.out;
  std::int64_t period = p.stride[2];
  std::int64_t step = 1;

  std::int64_t source(int axis, std::int64_t at, std::int64_t k) const {
    return output_of(p, axis, at, k);
  }
};

template <class Pass>
std::int64_t collect_lines(const Pass& pass, std::int64_t row, Line* lines) {
  const Conv& p = pass.p;
  const std::int64_t h = row % pass.target[1], d = row / pass.target[1] % pass.target[0];
  const std::int64_t n = row / (pass.target[0] * pass.target[1]);
  std::int64_t count = 0;
  for (std::int64_t i = 0; i < p.kernel[0]; ++i) {
    const std::int64_t depth = pass.source(0, d, i);
    for (std::int64_t j = 0; depth >= 0 && j < p.kernel[1]; ++j) {
      const std::int64_t height = pass.source(1, h, j);
      if (height < 0) continue;
      const std::int64_t source_row = (n * pass.origin[0] + depth) * pass.origin[1] + height;
      lines[count++] = {i * p.kernel[1] + j, source_row};
    }
  }
  return count;
}

// The taps of pixel w, as pointers to weights and to source pixels.
template <class Pass>
std::int64_t collect_taps(const Pass& pass, const Args& args, const Line* lines,
                          std::int64_t line_count, std::int64_t w, Tap* taps) {
  const Conv& p = pass.p;
  const float *source = args.in<float>(0), *weight = args.in<float>(1);
  std::int64_t count = 0;
  for (std::int64_t k = 0; k < p.kernel[2]; ++k) {
    const std::int64_t from = pass.source(2, w, k);
    for (std::int64_t l = 0; from >= 0 && l < line_count; ++l) {
      const std::int64_t tap = lines[l].kernel_row * p.kernel[2] + k;
      const std::int64_t pixel = lines[l].source_row * pass.origin[2] + from;
      taps[count++] = {weight + tap * p.out_channels, source + pixel * p.out_channels};
    }
  }
  return count;
}

template <class Pass>
bool same_taps(const Pass& pass, std::int64_t a, std::int64_t b) {
  for (std::int64_t k = 0; k < pass.p.kernel[2]; ++k) {
    if ((pass.source(2, a, k) < 0) != (pass.source(2, b, k) < 0)) return false;
  }
  return true;
}

template <class Pass>
void convolve_row(const Pass& pass, const Args& args, std::int64_t row, const Finish& finish) {
  Line lines[kMaxTaps];
  Tap taps[kMaxTaps];
  const std::int64_t line_count = collect_lines(pass, row, lines);
  const std::int64_t width = pass.target[2], channels = pass.p.out_channels;
  for (std::int64_t phase = 0; phase < std::min(pass.period, width); ++phase) {
    for (std::int64_t w = phase; w < width;) {
      std::int64_t pixels = 1;
      while (w + pixels * pass.period < width && same_taps(pass, w, w + pixels * pass.period)) {
        ++pixels;
      }
      const std::int64_t count = collect_taps(pass, args, lines, line_count, w, taps);
      float* target = args.out<float>(0) + (row * width + w) * channels;
      run_row({taps, count, channels, pass.step * channels, pass.period * channels, target,
               finish.bias, finish.activation},
              pixels);
      w += pixels * pass.period;
    }
  }
}

template <class Pass>
void convolve(const Pass& pass, const Args& args, const Finish& finish) {
  const Conv& p = pass.p;
  const std::int64_t rows = p.batch * pass.target[0] * pass.target[1];
  const std::int64_t cost = pass.target[2] * p.out_channels * 4;
  for_chunks(args.pool, rows, grain_for(cost), [&](std::int64_t row, std::int64_t end) {
    for (; row < end; ++row) convolve_row(pass, args, row, finish);
  });
}

void depthwise_f32(const Problem& problem, const Args& args) {
  const Conv& p = std::get<Conv>(problem);
  const Finish finish{input_or_null<float>(args, 2), p.activation};
  convolve(Forward{p}, args, finish);
}

void depthwise_grad_input_f32(const Problem& problem, const Args& args) {
  convolve(Backward{std::get<Conv>(problem)}, args,
           Finish{input_or_null<float>(args, 2), Activation::none});
}

// Output rows [begin, end) of all images and what is summed over them.
struct Slice {
  const Conv& p;
  const float *x, *dy;
  std::int64_t begin, end;
};

// Output columns whose tap k lies inside the input.
struct Span {
  std::int64_t begin, end;
};

Span columns_of(const Conv& p, std::int64_t k) {
  const std::int64_t first = p.pad[2] - k * p.dilation[2], stride = p.stride[2];
  const std::int64_t begin = first <= 0 ? 0 : divide_up(first, stride);
  const std::int64_t room = p.in[2] + first;
  const std::int64_t end = room <= 0 ? 0 : std::min(p.out[2], divide_up(room, stride));
  return {begin, std::max(begin, end)};
}

// Products of one output row with the input row that a kernel row reads, for kTaps taps and
// kVectors vectors of channels.
template <int kTaps, int kVectors>
HWY_INLINE void multiply_row(const Conv& p, const float* x, const float* dy, std::int64_t tap,
                             std::int64_t n, VecF (&sum)[kTaps][kVectors]) {
  const std::int64_t channels = p.out_channels;
  const auto add = [&](int t, std::int64_t w, const VecF(&g)[kVectors]) {
    const std::int64_t at = w * p.stride[2] - p.pad[2] + (tap + t) * p.dilation[2];
    for (int v = 0; v < kVectors; ++v) {
      const VecF value = load_n(x + at * channels + v * kLanes, n - v * kLanes);
      sum[t][v] = hn::MulAdd(g[v], value, sum[t][v]);
    }
  };
  const auto load = [&](std::int64_t w, VecF(&g)[kVectors]) {
    for (int v = 0; v < kVectors; ++v) {
      g[v] = load_n(dy + w * channels + v * kLanes, n - v * kLanes);
    }
  };
  Span spans[kTaps], common{0, p.out[2]};
  for (int t = 0; t < kTaps; ++t) {
    spans[t] = columns_of(p, tap + t);
    common = {std::max(common.begin, spans[t].begin), std::min(common.end, spans[t].end)};
  }
  if (common.begin >= common.end) common = {p.out[2], p.out[2]};
  VecF g[kVectors];
  const auto one_by_one = [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t w = begin; w < end; ++w) {
      load(w, g);
      for (int t = 0; t < kTaps; ++t) {
        if (w >= spans[t].begin && w < spans[t].end) add(t, w, g);
      }
    }
  };
  one_by_one(0, common.begin);
  for (std::int64_t w = common.begin; w < common.end; ++w) {
    load(w, g);
    for (int t = 0; t < kTaps; ++t) add(t, w, g);
  }
  one_by_one(common.end, p.out[2]);
}

// Sums over a slice for taps [tap, tap + kTaps) of a kernel row; `partial` is [taps][channels].
template <int kTaps, int kVectors>
void sum_slice(const Slice& s, std::int64_t kernel_row, std::int64_t tap, std::int64_t channel,
               float* partial) {
  const Conv& p = s.p;
  const Forward pass{p};
  const std::int64_t n = p.out_channels - channel;
  VecF sum[kTaps][kVectors];
  for (auto& of_tap : sum) {
    for (VecF& v : of_tap) v = hn::Zero(F32());
  }
  for (std::int64_t row = s.begin; row < s.end; ++row) {
    const std::int64_t image = row / (p.out[0] * p.out[1]);
    const std::int64_t d = pass.source(0, row / p.out[1] % p.out[0], kernel_row / p.kernel[1]);
    const std::int64_t h = pass.source(1, row % p.out[1], kernel_row % p.kernel[1]);
    if (d < 0 || h < 0) continue;
    const std::int64_t source = ((image * p.in[0] + d) * p.in[1] + h) * p.in[2];
    multiply_row<kTaps, kVectors>(p, s.x + source * p.out_channels + channel,
                                  s.dy + row * p.out[2] * p.out_channels + channel, tap, n, sum);
  }
  for (int t = 0; t < kTaps; ++t) {
    float* out = partial + (kernel_row * p.kernel[2] + tap + t) * p.out_channels + channel;
    for (int v = 0; v < kVectors; ++v) store_n(sum[t][v], out + v * kLanes, n - v * kLanes);
  }
}

template <int kVectors>
void sum_kernel_row(const Slice& s, std::int64_t kernel_row, std::int64_t channel, float* partial) {
  std::int64_t tap = 0;
  for (; tap + 3 <= s.p.kernel[2]; tap += 3) {
    sum_slice<3, kVectors>(s, kernel_row, tap, channel, partial);
  }
  for (; tap < s.p.kernel[2]; ++tap) sum_slice<1, kVectors>(s, kernel_row, tap, channel, partial);
}

// Adds up the partial sums of up to 64 channels in the order of the slices.
void reduce_channels(const Conv& p, const float* partials, std::int64_t slices,
                     std::int64_t channel, float* dweight) {
  const std::int64_t taps = volume(p.kernel), channels = p.out_channels;
  const std::int64_t n = std::min<std::int64_t>(64, channels - channel);
  for (std::int64_t t = 0; t < taps; ++t) {
    double sum[64] = {};
    for (std::int64_t s = 0; s < slices; ++s) {
      const float* partial = partials + (s * taps + t) * channels + channel;
      for (std::int64_t c = 0; c < n; ++c) sum[c] += double(partial[c]);
    }
    for (std::int64_t c = 0; c < n; ++c) dweight[(channel + c) * taps + t] = float(sum[c]);
  }
}

void depthwise_grad_weight_f32(const Problem& problem, const Args& args) {
  const Conv& p = std::get<Conv>(problem);
  const std::int64_t rows = p.batch * p.out[0] * p.out[1], height = rows_per_slice(p);
  const std::int64_t slices = divide_up(rows, height), kernel_rows = p.kernel[0] * p.kernel[1];
  float* partials = reinterpret_cast<float*>(args.scratch);
  for_chunks(args.pool, slices, 1, [&](std::int64_t i, std::int64_t last) {
    for (; i < last; ++i) {
      const Slice slice{p, args.in<float>(0), args.in<float>(1), i * height,
                        std::min(rows, (i + 1) * height)};
      float* partial = partials + i * volume(p.kernel) * p.out_channels;
      for (std::int64_t k = 0; k < kernel_rows; ++k) {
        std::int64_t c = 0;
        for (; c + 2 * kLanes <= p.out_channels; c += 2 * kLanes) {
          sum_kernel_row<2>(slice, k, c, partial);
        }
        for (; c < p.out_channels; c += kLanes) sum_kernel_row<1>(slice, k, c, partial);
      }
    }
  });
  for_chunks(args.pool, divide_up(p.out_channels, 64), 1, [&](std::int64_t i, std::int64_t last) {
    for (; i < last; ++i) reduce_channels(p, partials, slices, i * 64, args.out<float>(0));
  });
}

}  // namespace noyau::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace noyau::kernels {

#define NOYAU_DISPATCH(name)                                            \
  HWY_EXPORT(name##_f32);                                               \
  void name##_simd(const Problem& problem, const Args& args) noexcept { \
    HWY_DYNAMIC_DISPATCH(name##_f32)(problem, args);                    \
  }

NOYAU_DISPATCH(depthwise)
NOYAU_DISPATCH(depthwise_grad_input)
NOYAU_DISPATCH(depthwise_grad_weight)

#undef NOYAU_DISPATCH

std::size_t depthwise_grad_weight_scratch(const Problem& problem) {
  const Conv& p = std::get<Conv>(problem);
  const std::int64_t slices = divide_up(p.batch * p.out[0] * p.out[1], rows_per_slice(p));
  return std::size_t(slices * volume(p.kernel) * p.out_channels) * sizeof(float);
}

}  // namespace noyau::kernels
#endif  // HWY_ONCE
