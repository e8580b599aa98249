// Copies pixels and applies the batch norm in front of a convolution on the way. Compiled per
// instruction set.

#if defined(NOYAU_KERNELS_CONV_NORMALISE_INL_HPP_) == defined(HWY_TARGET_TOGGLE)
#ifdef NOYAU_KERNELS_CONV_NORMALISE_INL_HPP_
#undef NOYAU_KERNELS_CONV_NORMALISE_INL_HPP_
#else
#define NOYAU_KERNELS_CONV_NORMALISE_INL_HPP_
#endif

#include <hwy/highway.h>

#include <algorithm>
#include <cstdint>

#include "kernels/activated-inl.hpp"
#include "kernels/conv/source_norm.hpp"
#include "kernels/conv/tile-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace noyau::kernels {
namespace HWY_NAMESPACE {

/// Pixels to copy, and how many floats lie from one to the next.
struct Pixels {
  const float* from;
  std::int64_t from_step;
  float* to;
  std::int64_t to_step, pixels, channels;
};

// The numbers of a vector of channels, of which `mask` exist.
struct NormVectors {
  V mean, scale, shift;

  NormVectors() = default;
  template <class Mask>
  NormVectors(const SourceNorm& norm, std::int64_t channel, Mask mask)
      : mean(hn::MaskedLoad(mask, D(), norm.mean + channel)),
        scale(hn::MaskedLoad(mask, D(), norm.scale + channel)),
        shift(norm.shift == nullptr ? hn::Zero(D())
                                    : hn::MaskedLoad(mask, D(), norm.shift + channel)) {}
  // As the mask of the gradient finds it again.
  template <Activation kActivation>
  HWY_INLINE V apply(V x) const {
    return activated(hn::MulAdd(hn::Sub(x, mean), scale, shift), kActivation);
  }
};

// Few pixels at a time share the loads of the norm's numbers, and are still whole lines.
template <Activation kActivation, int kPixels>
HWY_INLINE void normalise_pixels(const SourceNorm& norm, const Pixels& p, std::int64_t first) {
  const D d;
  const float* HWY_RESTRICT from = p.from + first * p.from_step;
  float* HWY_RESTRICT to = p.to + first * p.to_step;
  const auto all = hn::FirstN(d, std::size_t(lanes()));
  std::int64_t i = 0;
  for (; i + lanes() <= p.channels; i += lanes()) {
    const NormVectors numbers(norm, i, all);
    HWY_UNROLL(8)
    for (int q = 0; q < kPixels; ++q) {
      const V x = hn::LoadU(d, from + q * p.from_step + i);
      hn::StoreU(numbers.apply<kActivation>(x), d, to + q * p.to_step + i);
    }
  }
  if (i == p.channels) return;
  const auto tail = hn::FirstN(d, std::size_t(p.channels - i));
  const NormVectors numbers(norm, i, tail);
  HWY_UNROLL(8)
  for (int q = 0; q < kPixels; ++q) {
    const V x = hn::MaskedLoad(tail, d, from + q * p.from_step + i);
    hn::BlendedStore(numbers.apply<kActivation>(x), tail, d, to + q * p.to_step + i);
  }
}

template <Activation kActivation>
void copy_normalised(const SourceNorm& norm, const Pixels& p) {
  constexpr int kTogether = 4;
  std::int64_t i = 0;
  for (; i + kTogether <= p.pixels; i += kTogether)
    normalise_pixels<kActivation, kTogether>(norm, p, i);
  for (; i < p.pixels; ++i) normalise_pixels<kActivation, 1>(norm, p, i);
}

/// `norm` is that of the first channel copied.
inline void copy_normalised(const SourceNorm& norm, const Pixels& p) {
  switch (norm.activation) {
    case Activation::none:
      return copy_normalised<Activation::none>(norm, p);
    case Activation::relu:
      return copy_normalised<Activation::relu>(norm, p);
    case Activation::relu6:
      return copy_normalised<Activation::relu6>(norm, p);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace noyau::kernels
HWY_AFTER_NAMESPACE();

#endif
