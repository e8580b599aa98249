// What happens to Winograd's outputs before they are stored, compiled once per instruction set.

#if defined(NOYAU_KERNELS_WINOGRAD_FINISH_INL_HPP_) == defined(HWY_TARGET_TOGGLE)
#ifdef NOYAU_KERNELS_WINOGRAD_FINISH_INL_HPP_
#undef NOYAU_KERNELS_WINOGRAD_FINISH_INL_HPP_
#else
#define NOYAU_KERNELS_WINOGRAD_FINISH_INL_HPP_
#endif

#include "kernels/conv/conv.hpp"
#include "kernels/conv/tile-inl.hpp"
#include "kernels/conv/winograd/geometry.hpp"
#include "kernels/simd-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace noyau::kernels {
namespace HWY_NAMESPACE {

/// Bias and residual are added and the activation follows; bias and residual may be null. Then a
/// norm around the convolution has its sums made (norm/carried.hpp): statistics of y, or, with
/// norm_grad, those of its gradient.
struct TileFinish {
  const float *bias, *residual;
  Activation activation;
  bool statistics = false, norm_grad = false;
  const float *mean = nullptr, *scale = nullptr, *shift = nullptr;
  const float *x = nullptr, *y = nullptr;  ///< what the norm read and, unless null, put out
  Activation norm_activation = Activation::none;
  float* sums = nullptr;       ///< of all pieces; nullptr: none are made
  std::int64_t dst_pixel = 0;  ///< floats from one pixel of dst to the next
};

inline TileFinish tile_finish(const Conv& c, ConvPass pass, const Args& args, float* sums) {
  TileFinish f{.bias = c.bias ? args.in<float>(2) : nullptr,
               .residual = c.residual ? args.in<float>(kResidual) : nullptr,
               .activation = pass == ConvPass::forward ? c.activation : Activation::none,
               .sums = sums,
               .dst_pixel = pass == ConvPass::forward ? y_pixel(c) : c.in_channels};
  if (pass == ConvPass::forward && c.statistics) {
    f.statistics = true;
    f.mean = args.in<float>(kRunningMean);
  }
  if (pass == ConvPass::grad_input && c.norm_grad) {
    f.norm_grad = true;
    f.mean = args.in<float>(kNormMean);
    f.scale = input_or_null<float>(args, kNormScale);
    f.shift = input_or_null<float>(args, kNormShift);
    f.x = args.in<float>(kNormX);
    f.y = input_or_null<float>(args, kNormY);
    f.norm_activation = c.norm_activation;
  }
  return f;
}

// One of these sees the outputs of a tile for a vector of channels, the first n from channel i on.
struct NoSums {
  static constexpr bool kSums = false;
  NoSums(const TileFinish&, std::int64_t, std::int64_t) {}
  HWY_INLINE void add(V) const {}
};
struct StatisticsSums {
  static constexpr bool kSums = true;
  V mean, first = hn::Zero(D()), second = hn::Zero(D());

  StatisticsSums(const TileFinish& f, std::int64_t i, std::int64_t n)
      : mean(load_n(f.mean + i, n)) {}
  HWY_INLINE void add(V v) {
    const V apart = hn::Sub(v, mean);
    first = hn::Add(first, apart);
    second = hn::Add(second, hn::Mul(apart, apart));
  }
};

/// Calls body.operator()<Sums>() with the sums that are made of a tile.
template <class Body>
void with_sums(const TileFinish& f, const Body& body) {
  if (f.statistics) return body.template operator()<StatisticsSums>();
  body.template operator()<NoSums>();
}

HWY_INLINE void add_to_sums(float* to, V v, std::int64_t n) {
  store_n(hn::Add(load_n(to, n), v), to, n);
}

// Which outputs the norm's activation let pass is seen from them, or made again from x.
enum class MaskFrom : std::uint8_t { nothing, output, input };

// Masks `vectors` vectors of channels from `channel` on of neighbouring pixels and sums them; the
// last vector has n channels. `at` is the offset of the first pixel.
template <MaskFrom kMask, Activation kActivation, int vectors>
void norm_grad_of_channels(const TileFinish& f, std::int64_t at, std::int64_t pixels,
                           std::int64_t channels, std::int64_t channel, std::int64_t n, float* dst,
                           float* sums) {
  const D d;
  const auto used = [&](int v) { return v + 1 < vectors ? kLanes : n; };
  V mean[vectors], scale[vectors], shift[vectors], first[vectors], second[vectors];
  HWY_UNROLL(4)
  for (int v = 0; v < vectors; ++v) {
    const std::int64_t i = channel + v * kLanes;
    const bool from_x = kMask == MaskFrom::input;
    mean[v] = load_n(f.mean + i, used(v));
    scale[v] = from_x ? load_n(f.scale + i, used(v)) : hn::Zero(d);
    shift[v] = from_x && f.shift != nullptr ? load_n(f.shift + i, used(v)) : hn::Zero(d);
    first[v] = second[v] = hn::Zero(d);
  }
  for (std::int64_t p = 0; p < pixels; ++p) {
    HWY_UNROLL(4)
    for (int v = 0; v < vectors; ++v) {
      const std::int64_t i = at + p * channels + channel + v * kLanes;
      V g = load_n(dst + i, used(v));
      const V apart = hn::Sub(load_n(f.x + i, used(v)), mean[v]);
      if (kMask != MaskFrom::nothing) {
        const V out = kMask == MaskFrom::output ? load_n(f.y + i, used(v))
                                                : hn::MulAdd(apart, scale[v], shift[v]);
        g = hn::IfThenElseZero(hn::Gt(out, hn::Zero(d)), g);
        if (kActivation == Activation::relu6)
          g = hn::IfThenZeroElse(hn::Ge(out, hn::Set(d, 6.0f)), g);
        store_n(g, dst + i, used(v));
      }
      first[v] = hn::Add(first[v], g);
      second[v] = hn::MulAdd(g, apart, second[v]);
    }
  }
  HWY_UNROLL(4)
  for (int v = 0; v < vectors; ++v) {
    float* one = sums + channel + v * kLanes;
    add_to_sums(one, first[v], used(v));
    add_to_sums(one + channels, second[v], used(v));
  }
}

template <MaskFrom kMask, Activation kActivation>
void norm_grad_of_pixels(const TileFinish& f, std::int64_t at, std::int64_t pixels,
                         std::int64_t channels, std::int64_t i, std::int64_t end, float* dst,
                         float* sums) {
  for (; i + 4 * kLanes <= end; i += 4 * kLanes)
    norm_grad_of_channels<kMask, kActivation, 4>(f, at, pixels, channels, i, kLanes, dst, sums);
  for (; i < end; i += kLanes)
    norm_grad_of_channels<kMask, kActivation, 1>(f, at, pixels, channels, i, end - i, dst, sums);
}

/// Masks channels [begin, end) of the stored outputs of tiles [first, last) and adds to the sums of
/// their piece. This is done row by row, for a few panels at once: caches foresee such reads of x,
/// while those of a panel of a tile, in between its stores, cost more than the norm saves.
inline void norm_grad_of_tiles(const WinogradShape& s, const TileFinish& f, std::int64_t first,
                               std::int64_t last, std::int64_t begin, std::int64_t end, float* dst,
                               float* sums) {
  using enum Activation;
  const auto of_pixels = f.norm_activation == none ? norm_grad_of_pixels<MaskFrom::nothing, none>
                         : f.norm_activation == relu
                             ? f.y == nullptr ? norm_grad_of_pixels<MaskFrom::input, relu>
                                              : norm_grad_of_pixels<MaskFrom::output, relu>
                         : f.y == nullptr ? norm_grad_of_pixels<MaskFrom::input, relu6>
                                          : norm_grad_of_pixels<MaskFrom::output, relu6>;
  while (first < last) {
    const WinogradTile at = winograd_tile(s, first);
    const std::int64_t count = std::min(last - first, s.tile_cols() - at.dst_col / s.tile);
    const std::int64_t pixels = std::min(count * s.tile, s.dst[1] - at.dst_col);
    for (std::int64_t row = at.dst_row; row < std::min(at.dst_row + s.tile, s.dst[0]); ++row)
      of_pixels(f, ((at.image * s.dst[0] + row) * s.dst[1] + at.dst_col) * s.dst_channels, pixels,
                s.dst_channels, begin, end, dst, sums);
    first += count;
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace noyau::kernels
HWY_AFTER_NAMESPACE();

#endif
