// The gradient of the input for few channels. Channels alone would leave most lanes of a vector
// idle, but the taps of a row of the kernel and their channels follow each other in a row of dx.
// So every pixel of dy makes one stretch of kernel width x channels (a matrix product that runs
// over the rows of the kernel and the channels of dy), and stretches that overlap are added up.

#include "kernels/simd.hpp"
// The macros above come before Highway.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/conv/few/grad_input.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/chunks.hpp"
#include "kernels/conv/few/few.hpp"
#include "kernels/conv/sweep.hpp"
#include "kernels/conv/tile-inl.hpp"
#include "kernels/norm/carried.hpp"

HWY_BEFORE_NAMESPACE();
namespace noyau::kernels {
namespace HWY_NAMESPACE {

template <int MR, int NV>
struct StretchInstance {
  static void function(const RowTile& t) { row_tile<MR, NV>(t); }
};
using StretchFn = void (*)(const RowTile&);
constexpr auto kStretchTiles =
    tile_table<StretchInstance, StretchFn>(std::make_integer_sequence<int, kVectors>());

// Stretches lie in a buffer with zeros around each, so that whole vectors can be read at any shift.
struct Stretches {
  std::int64_t columns;  // kernel width x channels
  std::int64_t panels;   // of kVectors vectors
  std::int64_t width;    // padded columns
  std::int64_t pitch;    // floats from one stretch to the next
};

Stretches stretches(const Conv& c) {
  Stretches s;
  s.columns = c.kernel[2] * c.in_channels;
  s.panels = ceil_div(s.columns, kVectors * lanes());
  s.width = ceil_div(s.columns, lanes()) * lanes();
  s.pitch = s.width + 2 * lanes();
  return s;
}

// The first panel is the widest.
std::int64_t stretch_vectors(const Stretches& s, std::int64_t panel) {
  return std::min<std::int64_t>(kVectors, s.width / lanes() - panel * kVectors);
}

// Rows of the kernel in the order in which one row of dx meets them: those of a phase together.
std::int64_t phase_start(const Conv& c, std::int64_t phase) {
  std::int64_t start = 0;
  for (std::int64_t p = 0; p < phase; ++p) start += divide_up(c.kernel[1] - p, c.stride[1]);
  return start;
}

// The columns of one panel for row kh of the kernel; `weight` are those of one channel of dy.
void pack_columns(const Conv& c, const Stretches& s, std::int64_t panel, std::int64_t kh,
                  const float* weight, float* to) {
  const std::int64_t first = panel * kVectors * lanes(), taps = c.kernel[1] * c.kernel[2];
  const std::int64_t last = first + stretch_vectors(s, panel) * lanes();
  std::int64_t kw = first / c.in_channels, channel = first % c.in_channels;
  for (std::int64_t n = first; n < last; ++n) {
    *to++ = n < s.columns ? weight[channel * taps + kh * c.kernel[2] + kw] : 0.0f;
    if (++channel < c.in_channels) continue;
    channel = 0;
    ++kw;
  }
}

// Packed weights lie as [panel][row of the kernel, phases together][channel of dy][column].
void pack_stretches(const Conv& c, const float* weight, float* packed, ThreadPool& pool) {
  const Stretches s = stretches(c);
  const std::int64_t of_channel = c.in_channels * c.kernel[1] * c.kernel[2];
  // The weights of a channel of dy are read again and again, from the nearest cache.
  for_chunks(pool, c.out_channels, grain_for(of_channel), [&](std::int64_t k, std::int64_t end) {
    for (; k < end; ++k) {
      for (std::int64_t panel = 0; panel < s.panels; ++panel) {
        const std::int64_t width = stretch_vectors(s, panel) * lanes();
        float* to = packed + panel * kVectors * lanes() * c.kernel[1] * c.out_channels + k * width;
        for (std::int64_t phase = 0; phase < std::min(c.stride[1], c.kernel[1]); ++phase)
          for (std::int64_t kh = phase; kh < c.kernel[1]; kh += c.stride[1]) {
            pack_columns(c, s, panel, kh, weight + k * of_channel, to);
            to += c.out_channels * width;
          }
      }
    }
  });
}

std::size_t stretch_floats(const Conv& c) {
  return std::size_t(c.kernel[1] * c.out_channels * stretches(c).width);
}

// The stretches of all pixels of dy that row `h` of an image of dx is made of, added up over the
// rows of dy. Returns false when there are none.
bool make_stretches(const Conv& c, const Stretches& s, const float* dy, const float* packed,
                    std::int64_t h, float* to) {
  const std::int64_t row = c.out[2] * c.out_channels, reach = h + c.pad[1];
  const std::int64_t phase = reach % c.stride[1];
  std::array<std::int64_t, kMaxTaps> entry;
  RowTile t{};
  std::int64_t first = -1;
  for (std::int64_t kh = phase; kh < c.kernel[1]; kh += c.stride[1]) {
    const std::int64_t o = (reach - kh) / c.stride[1];
    if (reach < kh || o >= c.out[1]) continue;
    if (first < 0) first = kh / c.stride[1];
    entry[std::size_t(t.entries++)] = o * row;
  }
  if (t.entries == 0) return false;
  t.a_row = c.out_channels;
  t.entry = entry.data();
  t.depth = c.out_channels;
  t.c_row = s.pitch;
  const std::int64_t start = (phase_start(c, phase) + first) * c.out_channels;
  for (std::int64_t panel = 0; panel < s.panels; ++panel) {
    const std::int64_t vectors = stretch_vectors(s, panel), before = panel * kVectors * lanes();
    const std::int64_t tiles = ceil_div(c.out[2], kMaxRows[std::size_t(vectors)]);
    t.b = packed + before * c.kernel[1] * c.out_channels + start * vectors * lanes();
    t.columns = std::min(vectors * lanes(), s.columns - before);  // zeros stay around them
    for (std::int64_t i = 0; i < tiles; ++i) {
      const std::int64_t w = cut(c.out[2], tiles, i), end = cut(c.out[2], tiles, i + 1);
      t.a = t.ahead = dy + w * c.out_channels;
      t.c = to + w * s.pitch + lanes() + before;
      kStretchTiles[std::size_t(vectors - 1)][std::size_t(end - w - 1)](t);
    }
  }
  return true;
}

// One row of dx: each of its vectors adds up the stretches that reach it, in the order of pixels.
void add_stretches(const Conv& c, const Stretches& s, const float* from, float* dx) {
  const D d;
  const std::int64_t step = c.stride[2] * c.in_channels, size = c.in[2] * c.in_channels;
  for (std::int64_t i = 0; i < size; i += lanes()) {
    const std::int64_t at = i + c.pad[2] * c.in_channels;  // from the start of the first stretch
    const std::int64_t first = at < s.width ? 0 : (at - s.width) / step + 1;
    const std::int64_t last = std::min(c.out[2] - 1, (at + lanes() - 1) / step);
    V sum = hn::Zero(d);
    for (std::int64_t w = first; w <= last; ++w)
      sum = hn::Add(sum, hn::LoadU(d, from + w * s.pitch + lanes() + at - w * step));
    if (i + lanes() <= size)
      hn::StoreU(sum, d, dx + i);
    else
      hn::BlendedStore(sum, hn::FirstN(d, std::size_t(size - i)), d, dx + i);
  }
}

void grad_input_few(const Conv& c, const float* dy, const float* packed, float* dx,
                    ThreadPool& pool) {
  constexpr std::int64_t kWork = 1 << 17;  // multiply-adds of a task
  const Stretches s = stretches(c);
  const std::int64_t row_work =
      c.out[2] * c.out_channels * divide_up(c.kernel[1], c.stride[1]) * s.width;
  const std::int64_t rows = c.batch * c.in[1];
  const std::int64_t grain = std::max<std::int64_t>(1, kWork / std::max<std::int64_t>(1, row_work));
  const std::int64_t row_size = c.in[2] * c.in_channels;
  pool.run(divide_up(rows, grain), [&](std::int64_t task, int worker) {
    float* buffer = reinterpret_cast<float*>(pool.scratch(worker));
    std::fill_n(buffer, c.out[2] * s.pitch, 0.0f);
    for (std::int64_t r = task * grain; r < std::min(rows, (task + 1) * grain); ++r) {
      const float* image = dy + r / c.in[1] * c.out[1] * c.out[2] * c.out_channels;
      if (make_stretches(c, s, image, packed, r % c.in[1], buffer))
        add_stretches(c, s, buffer, dx + r * row_size);
      else
        std::fill_n(dx + r * row_size, row_size, 0.0f);
    }
  });
}

// Lanes that work, as multiply-adds: stretches against channels of dx one tap at a time.
bool stretches_pay(const Conv& c) {
  const std::int64_t padded = ceil_div(c.in_channels, lanes()) * lanes();
  const std::int64_t channels = c.in[1] * c.in[2] * c.kernel[1] * c.kernel[2] * padded;
  const std::int64_t phases = c.stride[1] * c.stride[2];
  return 5 * c.out[1] * c.out[2] * c.kernel[1] * stretches(c).width * phases < 4 * channels;
}

std::int64_t stretch_buffer(const Conv& c) { return c.out[2] * stretches(c).pitch; }

}  // namespace HWY_NAMESPACE
}  // namespace noyau::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace noyau::kernels {

HWY_EXPORT(grad_input_few);
HWY_EXPORT(pack_stretches);
HWY_EXPORT(stretch_floats);
HWY_EXPORT(stretches_pay);
HWY_EXPORT(stretch_buffer);

namespace {

std::string refuse(const Problem& problem) {
  const auto& c = std::get<Conv>(problem);
  if (std::string carried = refuse_carried(c); !carried.empty()) return carried;
  if (c.dtype != DType::f32) return "only f32";
  if (c.groups != 1) return "several groups";
  if (c.in[0] != 1 || c.kernel[0] != 1 || c.out[0] != 1) return "a volume";
  if (c.dilation != Dims{1, 1, 1}) return "a dilation";
  if (c.bias || c.residual) return "adds nothing to the gradient";
  if (c.kernel[1] > kMaxTaps) return "a kernel extent above " + std::to_string(kMaxTaps);
  if (!HWY_DYNAMIC_DISPATCH(stretches_pay)(c)) return "channels fill the vectors";
  if (HWY_DYNAMIC_DISPATCH(stretch_buffer)(c) * 4 > std::int64_t(ThreadPool::kScratchBytes) / 2)
    return "a row exceeds a worker's scratch";
  return {};
}

void run(const Problem& problem, const Args& args) noexcept {
  HWY_DYNAMIC_DISPATCH(grad_input_few)
  (std::get<Conv>(problem), args.in<float>(0), args.in<float>(1), args.out<float>(0), args.pool);
}

void pack(const Problem& problem, const void* weight, void* packed, ThreadPool& pool) noexcept {
  HWY_DYNAMIC_DISPATCH(pack_stretches)
  (std::get<Conv>(problem), static_cast<const float*>(weight), static_cast<float*>(packed), pool);
}

std::size_t packed_bytes(const Problem& problem) {
  return HWY_DYNAMIC_DISPATCH(stretch_floats)(std::get<Conv>(problem)) * sizeof(float);
}

}  // namespace

constinit const Kernel kConvGradInputFew = {.family = "conv_grad_input",
                                            .name = "few",
                                            .refuse = refuse,
                                            .run = run,
                                            .packed_bytes = packed_bytes,
                                            .pack = pack};

}  // namespace noyau::kernels
#endif
