// Square regions of pictures at Winograd's points, compiled once per instruction set.

#if defined(NOYAU_KERNELS_WINOGRAD_REGION_INL_HPP_) == defined(HWY_TARGET_TOGGLE)
#ifdef NOYAU_KERNELS_WINOGRAD_REGION_INL_HPP_
#undef NOYAU_KERNELS_WINOGRAD_REGION_INL_HPP_
#else
#define NOYAU_KERNELS_WINOGRAD_REGION_INL_HPP_
#endif

#include <bit>

#include "kernels/conv/winograd/transform-inl.hpp"
#include "kernels/simd-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace noyau::kernels {
namespace HWY_NAMESPACE {

/// The batch norm and activation that pictures are read through, (x - mean) * scale + shift with
/// one number per channel; without a mean they are read as they lie in memory. The shift may be
/// null.
struct ReadThrough {
  const float *mean = nullptr, *scale = nullptr, *shift = nullptr;
  Activation activation = Activation::none;
};
/// What a convolution with such a norm before it asks for; `slot` is the input of the mean.
inline ReadThrough read_through(const Conv& c, const Args& args, std::size_t slot) {
  if (!c.normalised) return {};
  return {args.in<float>(slot), args.in<float>(slot + 1), input_or_null<float>(args, slot + 2),
          c.input_activation};
}

/// How a vector of channels is read: the first n from channel i on.
struct AsStored {
  static constexpr bool kKeepsZeros = true;
  AsStored(const ReadThrough&, std::int64_t, std::int64_t) {}
  HWY_INLINE V operator()(V x) const { return x; }
};
template <Activation kActivation>
struct Normalised {
  static constexpr bool kKeepsZeros = false;
  V mean, scale, shift;
  Normalised(const ReadThrough& norm, std::int64_t i, std::int64_t n)
      : mean(load_n(norm.mean + i, n)),
        scale(load_n(norm.scale + i, n)),
        shift(norm.shift == nullptr ? hn::Zero(D()) : load_n(norm.shift + i, n)) {}
  HWY_INLINE V operator()(V x) const {
    return activated(hn::MulAdd(hn::Sub(x, mean), scale, shift), kActivation);
  }
};

/// Calls body.operator()<Way>() with the way of reading that is asked for.
template <class Body>
void with_way_of_reading(const ReadThrough& norm, const Body& body) {
  if (norm.mean == nullptr)
    body.template operator()<AsStored>();
  else if (norm.activation == Activation::none)
    body.template operator()<Normalised<Activation::none>>();
  else if (norm.activation == Activation::relu)
    body.template operator()<Normalised<Activation::relu>>();
  else
    body.template operator()<Normalised<Activation::relu6>>();
}

/// Pictures [images, height, width, channels], and zeros for the pixels around them.
struct Pictures {
  const float* pixels;
  std::array<std::int64_t, 2> extent;
  std::int64_t channels;
  const float* zeros;  ///< `channels` of them
  ReadThrough norm{};
};

/// The in x in pixels from (row, col) on at the n x n points, for all channels. `pass` is one of
/// the transforms to points; `to(i)` is where a vector of channels from i on goes for the first
/// point, with `step` floats from point to point.
template <int in, int n, class Way, class Pass, class To>
void region_at_points(const Pass& pass, const Pictures& p, std::int64_t image, std::int64_t row,
                      std::int64_t col, const To& to, std::int64_t step) {
  const float* from[in][in];
  bool all_inside = true;
  for (int r = 0; r < in; ++r)
    for (int c = 0; c < in; ++c) {
      const std::int64_t y = row + r, x = col + c;
      const bool inside = y >= 0 && y < p.extent[0] && x >= 0 && x < p.extent[1];
      from[r][c] =
          inside ? p.pixels + ((image * p.extent[0] + y) * p.extent[1] + x) * p.channels : p.zeros;
      all_inside = all_inside && inside;
    }
  // Meanwhile the pixels travel that the tile after next adds to what its neighbours read.
  constexpr int fresh = n - 2, old = in - fresh;
  const float* ahead =
      p.pixels +
      ((image * p.extent[0] + row + old) * p.extent[1] + col + 2 * fresh + old) * p.channels;
  const auto all_channels = [&](const auto& padded) {
    std::int64_t i = 0;
    for (; i + kLanes <= p.channels; i += kLanes) {
      HWY_UNROLL(4)
      for (int r = 0; r < fresh; ++r) HWY_UNROLL(4)
      for (int c = 0; c < fresh; ++c) hwy::Prefetch(ahead + (r * p.extent[1] + c) * p.channels + i);
      float* out = to(i);
      const Way way(p.norm, i, kLanes);
      along_both_axes<in, n>(
          pass, [&](int r, int c) { return padded(way(hn::LoadU(D(), from[r][c] + i)), r, c); },
          [&](int r, int c, V v) { hn::StoreU(v, D(), out + (r * n + c) * step); });
    }
    if (i == p.channels) return;
    float* out = to(i);
    const Way way(p.norm, i, p.channels - i);
    along_both_axes<in, n>(
        pass,
        [&](int r, int c) { return padded(way(load_n(from[r][c] + i, p.channels - i)), r, c); },
        [&](int r, int c, V v) { hn::StoreU(v, D(), out + (r * n + c) * step); });
  };
  if (Way::kKeepsZeros || all_inside) return all_channels([](V v, int, int) { return v; });
  if constexpr (!Way::kKeepsZeros) {
    float keep[in][in];  // all bits or none
    for (int r = 0; r < in; ++r)
      for (int c = 0; c < in; ++c)
        keep[r][c] = std::bit_cast<float>(std::int32_t{from[r][c] == p.zeros ? 0 : -1});
    all_channels([&](V v, int r, int c) { return hn::And(v, hn::Set(D(), keep[r][c])); });
  }
}

/// Floats from tile to tile of `channels` at one point, and from point to point of `floats` floats.
/// An odd number of cache lines: neighbours fall into different sets of the first-level cache.
inline std::int64_t odd_lines(std::int64_t floats) { return (divide_up(floats, 16) | 1) * 16; }

}  // namespace HWY_NAMESPACE
}  // namespace noyau::kernels
HWY_AFTER_NAMESPACE();

#endif
