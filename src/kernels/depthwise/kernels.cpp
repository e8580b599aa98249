#include <array>

#include "kernels/chunks.hpp"
#include "kernels/depthwise/depthwise.hpp"
#include "kernels/depthwise/sliding.hpp"
#include "kernels/norm/carried.hpp"

namespace noyau::kernels {
namespace {

std::string refuse(const Problem& problem) {
  const auto& c = std::get<Conv>(problem);
  if (std::string carried = refuse_carried(c); !carried.empty()) return carried;
  const std::int64_t taps = volume(c.kernel);
  if (taps > kMaxTaps) {
    return "takes at most " + std::to_string(kMaxTaps) + " taps, got " + std::to_string(taps);
  }
  return refuse_unless_f32(problem);
}

std::string refuse_grad_weight(const Problem& problem) {
  const std::string carried = refuse_carried(std::get<Conv>(problem));
  return carried.empty() ? refuse_unless_f32(problem) : carried;
}

std::size_t packed_bytes(const Problem& problem) {
  const Conv& p = std::get<Conv>(problem);
  return std::size_t(volume(p.kernel) * p.out_channels) * sizeof(float);
}

// [channels][taps] to [taps][channels], so that a vector holds the same tap of many channels.
void pack(const Problem& problem, const void* weights, void* packed, ThreadPool&) noexcept {
  const Conv& p = std::get<Conv>(problem);
  const std::int64_t taps = volume(p.kernel);
  const float* from = static_cast<const float*>(weights);
  for (std::int64_t c = 0; c < p.out_channels; ++c) {
    for (std::int64_t t = 0; t < taps; ++t) {
      static_cast<float*>(packed)[t * p.out_channels + c] = from[c * taps + t];
    }
  }
}

}  // namespace

std::int64_t rows_per_slice(const Conv& p) {
  const std::int64_t row = std::max<std::int64_t>(1, p.out[2] * p.out_channels);
  const std::int64_t rows = p.batch * p.out[0] * p.out[1];
  return std::max<std::int64_t>({1, 65536 / row, divide_up(rows, 64)});
}

SlideCut sliding_weight_cut(const Conv& p) {
  return slide_cut(p, p.kernel[2] == 3 ? kBandRows<3> : kBandRows<5>, 64);
}

std::span<const Kernel> depthwise_kernels() {
  static constexpr std::array kRows = {
      Kernel{"depthwise", "sliding", refuse_sliding, slide_statistics_bytes, depthwise_sliding,
             sliding_packed_bytes, pack_sliding},
      Kernel{"depthwise", "simd", refuse, nullptr, depthwise_simd, packed_bytes, pack},
      Kernel{"depthwise", "reference", nullptr, nullptr, depthwise_reference},
  };
  return kRows;
}

std::span<const Kernel> depthwise_grad_input_kernels() {
  static constexpr std::array kRows = {
      Kernel{"depthwise_grad_input", "sliding", refuse_sliding, slide_norm_grad_bytes,
             depthwise_grad_input_sliding, sliding_packed_bytes, pack_sliding_grad_input},
      Kernel{"depthwise_grad_input", "simd", refuse, nullptr, depthwise_grad_input_simd,
             packed_bytes, pack},
      Kernel{"depthwise_grad_input", "reference", nullptr, nullptr, depthwise_grad_input_reference},
  };
  return kRows;
}

std::span<const Kernel> depthwise_grad_weight_kernels() {
  static constexpr std::array kRows = {
      Kernel{"depthwise_grad_weight", "sliding", refuse_sliding,
             depthwise_grad_weight_sliding_scratch, depthwise_grad_weight_sliding},
      Kernel{"depthwise_grad_weight", "simd", refuse_grad_weight, depthwise_grad_weight_scratch,
             depthwise_grad_weight_simd},
      Kernel{"depthwise_grad_weight", "reference", nullptr, nullptr,
             depthwise_grad_weight_reference},
  };
  return kRows;
}

}  // namespace noyau::kernels
