// Adds the pixels of a finished tile to the sums for a batch norm, while they are in the nearest
// cache. Compiled per instruction set.

#if defined(NOYAU_KERNELS_CONV_NORM_SUMS_INL_HPP_) == defined(HWY_TARGET_TOGGLE)
#ifdef NOYAU_KERNELS_CONV_NORM_SUMS_INL_HPP_
#undef NOYAU_KERNELS_CONV_NORM_SUMS_INL_HPP_
#else
#define NOYAU_KERNELS_CONV_NORM_SUMS_INL_HPP_
#endif

#include <hwy/highway.h>

#include <array>
#include <cstdint>
#include <limits>

#include "kernels/conv/norm_sums.hpp"
#include "kernels/conv/tile-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace noyau::kernels {
namespace HWY_NAMESPACE {

/// The pixels of a tile: `rows` of them, `columns` of their channels.
struct TilePixels {
  float* dst;
  std::int64_t row, x_row, rows, columns;  ///< x_row: of what the norm read
};

// The sums of statistics, or of the gradient of a norm, which masks dst by nothing, by its
// activation of what it made of x, or by its output.
enum class Summed : std::uint8_t { statistics, gradient, masked_by_input, masked_by_output };

// A tile is summed by itself first: long sums lose digits.
template <Summed kSummed, int NV>
HWY_NOINLINE void add_pixels(const NormSums& s, const TilePixels& p) {
  const D d;
  constexpr bool kMasked =
      kSummed == Summed::masked_by_input || kSummed == Summed::masked_by_output;
  constexpr int kLanes = int(hn::MaxLanes(D()));
  const auto tail = hn::FirstN(d, std::size_t(p.columns - (NV - 1) * kLanes));
  const auto load = [&](const float* from, int v) HWY_ATTR {
    return v + 1 < NV ? hn::LoadU(d, from + v * kLanes)
                      : hn::MaskedLoad(tail, d, from + v * kLanes);
  };
  const auto store = [&](V value, float* to, int v) HWY_ATTR {
    if (v + 1 < NV)
      hn::StoreU(value, d, to + v * kLanes);
    else
      hn::BlendedStore(value, tail, d, to + v * kLanes);
  };
  V mean[NV], scale[NV], shift[NV], first[NV], second[NV];
  HWY_UNROLL(4)
  for (int v = 0; v < NV; ++v) {
    const bool from_x = kSummed == Summed::masked_by_input;
    mean[v] = load(s.mean, v);
    scale[v] = from_x ? load(s.scale, v) : hn::Zero(d);
    shift[v] = from_x && s.shift != nullptr ? load(s.shift, v) : hn::Zero(d);
    first[v] = second[v] = hn::Zero(d);
  }
  // No number is at or above a NaN: relu has no upper end.
  const V end = hn::Set(
      d, s.activation == Activation::relu6 ? 6.0f : std::numeric_limits<float>::quiet_NaN());
  float* dst = p.dst;
  const float *x = s.x, *y = s.y;
  const std::int64_t row = p.row, x_row = p.x_row, rows = p.rows;
  for (std::int64_t i = 0; i < rows; ++i) {
    HWY_UNROLL(4)
    for (int v = 0; v < NV; ++v) {
      const V value = load(dst, v);
      if constexpr (kSummed == Summed::statistics) {
        const V from_mean = hn::Sub(value, mean[v]);
        first[v] = hn::Add(first[v], from_mean);
        second[v] = hn::MulAdd(from_mean, from_mean, second[v]);
      } else {
        const V from_mean = hn::Sub(load(x, v), mean[v]);
        V g = value;
        if constexpr (kMasked) {
          const V out = kSummed == Summed::masked_by_output
                            ? load(y, v)
                            : hn::MulAdd(from_mean, scale[v], shift[v]);
          g = hn::IfThenElseZero(hn::Gt(out, hn::Zero(d)), g);
          g = hn::IfThenZeroElse(hn::Ge(out, end), g);
          store(g, dst, v);
        }
        first[v] = hn::Add(first[v], g);
        second[v] = hn::MulAdd(g, from_mean, second[v]);
      }
    }
    dst += row;
    if (kSummed != Summed::statistics) x += x_row;
    if (kSummed == Summed::masked_by_output) y += row;
  }
  HWY_UNROLL(4)
  for (int v = 0; v < NV; ++v) {
    store(hn::Add(load(s.first, v), first[v]), s.first, v);
    store(hn::Add(load(s.second, v), second[v]), s.second, v);
  }
}

template <Summed kSummed, int... NV>
void add_columns(const NormSums& s, const TilePixels& p, std::integer_sequence<int, NV...>) {
  constexpr std::array<void (*)(const NormSums&, const TilePixels&), kVectors> kAdd = {
      add_pixels<kSummed, NV + 1>...};
  kAdd[std::size_t(ceil_div(p.columns, lanes()) - 1)](s, p);
}

/// `s` are the sums of the tile's columns; its x and y begin at the tile.
inline void add_to_sums(const NormSums& s, const TilePixels& p) {
  constexpr auto kWidths = std::make_integer_sequence<int, kVectors>();
  if (s.x == nullptr) return add_columns<Summed::statistics>(s, p, kWidths);
  if (s.activation == Activation::none) return add_columns<Summed::gradient>(s, p, kWidths);
  if (s.y == nullptr) return add_columns<Summed::masked_by_input>(s, p, kWidths);
  add_columns<Summed::masked_by_output>(s, p, kWidths);
}

}  // namespace HWY_NAMESPACE
}  // namespace noyau::kernels
HWY_AFTER_NAMESPACE();

#endif
