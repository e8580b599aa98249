#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "kernels/kernel.hpp"

/// The geometry that the forward pass and the gradient of the input share.
///
/// Both compute dst[q] = sum over taps of src[q * src_step + offset(tap)] * weight(tap). The
/// forward pass is one such sweep. The gradient of the input is one per phase of the stride: input
/// positions that are equal modulo the stride see the same taps, and their sources lie side by
/// side.
namespace noyau::kernels {

enum class ConvPass : std::uint8_t { forward, grad_input, grad_weight };  ///< no sweep is the last

inline constexpr int kMaxTaps = 32;                              ///< per axis
inline constexpr std::int64_t kMaxWindow = kMaxTaps * kMaxTaps;  ///< taps of all axes

/// One spatial axis of a sweep.
struct Axis {
  std::int64_t count = 0;                    ///< positions of dst in this sweep
  std::int64_t dst_first = 0, dst_step = 1;  ///< position q is dst_first + q * dst_step
  std::int64_t src_step = 1, src_extent = 0;
  int taps = 0;
  std::array<std::int32_t, kMaxTaps> kernel{};  ///< index in the kernel of each tap
  std::array<std::int64_t, kMaxTaps> offset{};  ///< ascending

  std::int64_t span() const {
    return taps == 0 ? 0 : offset[std::size_t(taps - 1)] - offset[0] + 1;
  }
  /// Positions of src that `positions` neighbours of dst read, gaps included.
  std::int64_t reach(std::int64_t positions) const { return (positions - 1) * src_step + span(); }
};

struct Sweep {
  std::array<Axis, 3> axes;  ///< depth, height, width
  std::int64_t taps() const { return std::int64_t{axes[0].taps} * axes[1].taps * axes[2].taps; }
};

/// 1 for the forward pass, the product of the strides for the gradient of the input.
std::int64_t phases(const Conv& conv, ConvPass pass);
Sweep sweep(const Conv& conv, ConvPass pass, std::int64_t phase);

/// One tap per pixel, and every pixel used: a matrix product over pixels where they are.
bool is_pointwise(const Conv& conv);

/// A 1x1 convolution without stride and padding does not know its rows: batch and extents become
/// one long row, so that tiles never end at a row's end. Other convolutions come back unchanged.
Conv flattened(const Conv& conv);

/// Empty when the blocked kernels can do this convolution, else what stands in the way.
std::string refuse_blocked(const Problem& problem);

}  // namespace noyau::kernels
