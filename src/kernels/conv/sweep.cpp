#include "kernels/conv/sweep.hpp"

#include <algorithm>

namespace noyau::kernels {
namespace {

Axis forward_axis(const Conv& c, std::size_t d) {
  Axis axis;
  axis.count = c.out[d];
  axis.src_step = c.stride[d];
  axis.src_extent = c.in[d];
  axis.taps = int(c.kernel[d]);
  for (int k = 0; k < axis.taps; ++k) {
    axis.kernel[std::size_t(k)] = k;
    axis.offset[std::size_t(k)] = k * c.dilation[d] - c.pad[d];
  }
  return axis;
}

// Input position i = phase + q * stride is read by output (i + pad - k * dilation) / stride, for
// the taps k that divide.
Axis grad_input_axis(const Conv& c, std::size_t d, std::int64_t phase) {
  Axis axis;
  axis.count = std::max<std::int64_t>(0, (c.in[d] - phase + c.stride[d] - 1) / c.stride[d]);
  axis.dst_first = phase;
  axis.dst_step = c.stride[d];
  axis.src_extent = c.out[d];
  for (std::int64_t k = c.kernel[d] - 1; k >= 0; --k) {
    const std::int64_t distance = phase + c.pad[d] - k * c.dilation[d];
    if (distance % c.stride[d] != 0) continue;
    axis.kernel[std::size_t(axis.taps)] = std::int32_t(k);
    axis.offset[std::size_t(axis.taps)] = distance / c.stride[d];
    ++axis.taps;
  }
  return axis;
}

}  // namespace

std::int64_t phases(const Conv& c, ConvPass pass) {
  return pass == ConvPass::forward ? 1 : c.stride[0] * c.stride[1] * c.stride[2];
}

Sweep sweep(const Conv& c, ConvPass pass, std::int64_t phase) {
  Sweep s;
  for (std::size_t d = 3; d-- > 0; phase /= c.stride[d])
    s.axes[d] =
        pass == ConvPass::forward ? forward_axis(c, d) : grad_input_axis(c, d, phase % c.stride[d]);
  return s;
}

bool is_pointwise(const Conv& conv) {
  constexpr Dims kOne{1, 1, 1}, kZero{0, 0, 0};
  return conv.kernel == kOne && conv.stride == kOne && conv.pad == kZero && conv.in == conv.out;
}

Conv flattened(const Conv& conv) {
  if (!is_pointwise(conv)) return conv;
  Conv flat = conv;
  flat.batch = 1;
  flat.in = flat.out = {1, 1, conv.batch * conv.in[0] * conv.in[1] * conv.in[2]};
  return flat;
}

std::string refuse_blocked(const Problem& problem) {
  const auto& c = std::get<Conv>(problem);
  if (c.dtype != DType::f32) return "only f32";
  if (c.kernel[0] > kMaxTaps || c.kernel[1] > kMaxTaps || c.kernel[2] > kMaxTaps)
    return "a kernel extent above " + std::to_string(kMaxTaps);
  const std::int64_t taps = c.kernel[0] * c.kernel[1] * c.kernel[2];
  if (taps > kMaxWindow) return "a kernel of more than " + std::to_string(kMaxWindow) + " taps";
  // What up to 16 neighbours read of up to 64 channels has to fit into half of a worker's scratch.
  const std::int64_t width = std::max(c.out[2], (c.in[2] - 1) / c.stride[2] + 1);
  const std::int64_t neighbours = std::min<std::int64_t>(16, width);
  const std::int64_t window =
      c.kernel[0] * ((c.kernel[1] - 1) * c.dilation[1] + 1) *
      ((c.kernel[2] - 1) * c.dilation[2] + (neighbours - 1) * c.stride[2] + 1);
  const std::int64_t channels =
      std::min<std::int64_t>(80, std::max(c.in_channels, c.out_channels) / c.groups);
  if (window * channels * 4 > std::int64_t(ThreadPool::kScratchBytes) / 2)
    return "a window of " + std::to_string(window) + " pixels exceeds a worker's scratch";
  return {};
}

}  // namespace noyau::kernels
