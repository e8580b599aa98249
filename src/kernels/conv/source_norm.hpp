#pragma once

#include "kernels/chunks.hpp"
#include "kernels/kernel.hpp"

namespace noyau::kernels {

/// The batch norm through which a convolution reads its source: (x - mean) * scale + shift, then
/// the activation, with one number per channel. mean is null where there is none, shift where it
/// is 0.
struct SourceNorm {
  const float *mean = nullptr, *scale = nullptr, *shift = nullptr;
  Activation activation = Activation::none;

  SourceNorm from(std::int64_t channel) const {
    return {mean + channel, scale + channel, shift == nullptr ? nullptr : shift + channel,
            activation};
  }
};

/// That of a convolution that may be `normalised`; `slot` is the input with the means.
inline SourceNorm source_norm(const Conv& c, const Args& args, std::size_t slot) {
  if (!c.normalised) return {};
  return {args.in<float>(slot), args.in<float>(slot + 1), input_or_null<float>(args, slot + 2),
          c.input_activation};
}

}  // namespace noyau::kernels
