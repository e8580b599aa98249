// Copies the part of a tensor that a block of output pixels reads into a zero-padded panel, so that
// the micro-kernels meet neither borders nor cache-unfriendly strides. Compiled per instruction
// set.

#if defined(NOYAU_KERNELS_CONV_REGION_INL_HPP_) == defined(HWY_TARGET_TOGGLE)
#ifdef NOYAU_KERNELS_CONV_REGION_INL_HPP_
#undef NOYAU_KERNELS_CONV_REGION_INL_HPP_
#else
#define NOYAU_KERNELS_CONV_REGION_INL_HPP_
#endif

#include <hwy/highway.h>

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "kernels/conv/normalise-inl.hpp"
#include "kernels/conv/sweep.hpp"

HWY_BEFORE_NAMESPACE();
namespace noyau::kernels {
namespace HWY_NAMESPACE {

/// Which source pixels and channels to copy, and how far apart pixels lie in the panel.
struct Region {
  std::array<std::int64_t, 3> first, extent;  ///< source positions; may reach outside the source
  std::int64_t depth_step = 1;              ///< slices between the copied ones (dilation in depth)
  std::int64_t row_step = 1, col_step = 1;  ///< likewise; only copy_region_tiled knows them
  std::int64_t images = 1;  ///< the same of these; only copy_region_tiled knows them
  std::int64_t channel = 0, channels = 0, pixel = 0;  ///< pixel: floats from one pixel to the next
  SourceNorm norm{};                                  ///< of all channels of the source
};

HWY_INLINE void copy_floats(float* HWY_RESTRICT to, const float* HWY_RESTRICT from,
                            std::int64_t n) {
  if (n >= 256) {
    std::memcpy(to, from, std::size_t(n) * sizeof(float));
    return;
  }
  const hwy::HWY_NAMESPACE::CappedTag<float, 16> d;
  namespace hn = hwy::HWY_NAMESPACE;
  const auto lanes_ = std::int64_t(hn::Lanes(d));
  std::int64_t i = 0;
  for (; i + lanes_ <= n; i += lanes_) hn::StoreU(hn::LoadU(d, from + i), d, to + i);
  if (i == n) return;
  const auto tail = hn::FirstN(d, std::size_t(n - i));
  hn::BlendedStore(hn::MaskedLoad(tail, d, from + i), tail, d, to + i);
}

inline void copy_region(const float* src, const std::array<Axis, 3>& axes,
                        std::int64_t src_channels, const Region& r, float* panel) {
  const std::int64_t height = axes[1].src_extent, width = axes[2].src_extent;
  const std::int64_t left = std::clamp<std::int64_t>(-r.first[2], 0, r.extent[2]);
  const std::int64_t right =
      std::clamp<std::int64_t>(width - r.first[2], left, r.extent[2]);  // [left, right) is inside
  const bool whole_rows = r.channels == src_channels && r.pixel == r.channels;
  for (std::int64_t d = 0; d < r.extent[0]; ++d)
    for (std::int64_t h = 0; h < r.extent[1]; ++h) {
      float* row = panel + (d * r.extent[1] + h) * r.extent[2] * r.pixel;
      const std::int64_t sd = r.first[0] + d * r.depth_step, sh = r.first[1] + h;
      if (sd < 0 || sd >= axes[0].src_extent || sh < 0 || sh >= height || left == right) {
        std::memset(row, 0, std::size_t(r.extent[2] * r.pixel) * sizeof(float));
        continue;
      }
      const float* from =
          src + ((sd * height + sh) * width + r.first[2] + left) * src_channels + r.channel;
      std::memset(row, 0, std::size_t(left * r.pixel) * sizeof(float));
      if (r.norm.mean != nullptr) {
        copy_normalised(r.norm.from(r.channel), {from, src_channels, row + left * r.pixel, r.pixel,
                                                 right - left, r.channels});
      } else if (whole_rows) {
        copy_floats(row + left * r.pixel, from, (right - left) * r.pixel);
      } else {
        for (std::int64_t w = left; w < right; ++w, from += src_channels)
          copy_floats(row + w * r.pixel, from, r.channels);
      }
      std::memset(row + right * r.pixel, 0,
                  std::size_t((r.extent[2] - right) * r.pixel) * sizeof(float));
    }
}

/// Floats that a tile of a tiled panel may be written beyond its end.
inline constexpr std::int64_t kOverrun = 16;

/// Where tile t of a tiled panel of `pixels` starts; `first` is its first channel.
inline std::int64_t tile_start(std::int64_t t, std::int64_t first, std::int64_t pixels) {
  return first * pixels + t * kOverrun;
}

// Whole vectors, more than asked for: both sides have room.
HWY_INLINE void copy_over(float* HWY_RESTRICT to, const float* HWY_RESTRICT from, std::int64_t n) {
  namespace hn = hwy::HWY_NAMESPACE;
  const hn::CappedTag<float, 16> d;
  for (std::int64_t i = 0; i < n; i += std::int64_t(hn::Lanes(d)))
    hn::StoreU(hn::LoadU(d, from + i), d, to + i);
}

// Pixels of a row of one tile, whose channels stay in registers; pixels follow each other, and all
// but the last of what is written beyond one is written again.
template <Activation kActivation>
HWY_INLINE void normalise_tile(const SourceNorm& norm, const Pixels& p) {
  const D d;
  constexpr int kLanes = int(hn::MaxLanes(D()));
  constexpr int kMost = (kMaxRows[kVectors] + kLanes - 1) / kLanes;
  const int vectors = int((p.channels + kLanes - 1) / kLanes);
  NormVectors numbers[kMost];
  hn::Mask<D> mask[kMost];
  HWY_UNROLL(8)
  for (int v = 0; v < kMost; ++v) {
    if (v >= vectors) break;
    mask[v] = hn::FirstN(d, std::size_t(std::min<std::int64_t>(p.channels - v * kLanes, kLanes)));
    numbers[v] = NormVectors(norm, v * kLanes, mask[v]);
  }
  const float* HWY_RESTRICT from = p.from;
  float* HWY_RESTRICT to = p.to;
  for (std::int64_t i = 0; i < p.pixels; ++i, from += p.from_step, to += p.to_step) {
    HWY_UNROLL(8)
    for (int v = 0; v < kMost; ++v) {
      if (v >= vectors) break;
      const V x = hn::MaskedLoad(mask[v], d, from + v * kLanes);
      hn::StoreU(numbers[v].apply<kActivation>(x), d, to + v * kLanes);
    }
  }
}

inline void normalise_tile(const SourceNorm& norm, const Pixels& p) {
  switch (norm.activation) {
    case Activation::none:
      return normalise_tile<Activation::none>(norm, p);
    case Activation::relu:
      return normalise_tile<Activation::relu>(norm, p);
    case Activation::relu6:
      return normalise_tile<Activation::relu6>(norm, p);
  }
}

/// The same region with its channels cut into `tiles` tiles, each a panel of its own, [d][h][w][its
/// channels], of at most kMaxRows[kVectors]: a product that walks over pixels then reads one tile
/// from front to back. `src_end` is the end of the whole tensor.
inline void copy_region_tiled(const float* src, const float* src_end,
                              const std::array<Axis, 3>& axes, std::int64_t src_channels,
                              const Region& r, std::int64_t tiles, float* panel) {
  const std::int64_t height = axes[1].src_extent, width = axes[2].src_extent;
  const std::int64_t depth = axes[0].src_extent, slices = r.images * r.extent[0];
  const std::int64_t pixels = slices * r.extent[1] * r.extent[2];
  const std::int64_t base = r.channels / tiles, longer = r.channels % tiles;
  constexpr std::int64_t kTogether = 8;  // pixels that are normalised with the same registers
  std::int64_t pixel = 0, together = 1;
  for (std::int64_t slice = 0; slice < slices; ++slice)
    for (std::int64_t h = 0; h < r.extent[1]; ++h) {
      const std::int64_t image = slice / r.extent[0], d = slice % r.extent[0];
      const std::int64_t sd = r.first[0] + d * r.depth_step, sh = r.first[1] + h * r.row_step;
      const bool inside = sd >= 0 && sd < depth && sh >= 0 && sh < height;
      const float* row =
          src + ((image * depth + sd) * height + sh) * width * src_channels + r.channel;
      for (std::int64_t i = 0; i < r.extent[2]; i += together, pixel += together) {
        const std::int64_t w = r.first[2] + i * r.col_step;
        const float* from = inside && w >= 0 && w < width ? row + w * src_channels : nullptr;
        const bool room = from != nullptr && from + r.channels + kOverrun <= src_end;
        const bool normalised = from != nullptr && r.norm.mean != nullptr;
        together =
            normalised
                ? std::min({kTogether, r.extent[2] - i, (width - w + r.col_step - 1) / r.col_step})
                : 1;
        std::int64_t c = 0;
        for (std::int64_t t = 0; t < tiles; ++t) {
          const std::int64_t channels = base + (t < longer ? 1 : 0);
          float* to = panel + tile_start(t, c, pixels) + pixel * channels;
          if (normalised)
            normalise_tile(r.norm.from(r.channel + c),
                           {from + c, r.col_step * src_channels, to, channels, together, channels});
          else if (room)
            copy_over(to, from + c, channels);
          else if (from != nullptr)
            std::copy_n(from + c, channels, to);
          else
            std::fill_n(to, channels, 0.0f);
          c += channels;
        }
      }
    }
}

/// Floats between neighbouring pixels of a panel: wide pixels are set 16 apart, because strides of
/// a power of two would land in the same few sets of the first-level cache.
inline std::int64_t panel_pixel(std::int64_t channels) {
  return channels <= 64 ? channels : (channels + 15) / 16 * 16 + 16;
}

}  // namespace HWY_NAMESPACE
}  // namespace noyau::kernels
HWY_AFTER_NAMESPACE();

#endif
