#include "kernels/conv/int8/weights.hpp"

#include <algorithm>
#include <cstring>

#include "kernels/chunks.hpp"

namespace noyau::kernels::int8 {
namespace {

// One column: its numbers lie as [channel][tap].
class Column {
 public:
  Column(const Conv& conv, const PackedWeights& to, std::int64_t column)
      : channels_(conv.in_channels),
        to_(to),
        column_(column),
        panel_(column / kPanel),
        width_(to.width(panel_)) {}

  void pack(const float* weight, std::int8_t* stage) const {
    const std::int64_t count = channels_ * to_.taps;
    const Range range = range_of(weight, count);
    const float largest = range.largest > -range.least ? range.largest : -range.least;
    to_.scales[column_] = largest / 127;
    quantise_signed(weight, count, largest == 0 ? 0 : 127 / largest, stage);
    std::int32_t sum = 0;
    for (std::int64_t channel = 0; channel < channels_; ++channel)
      for (std::int64_t tap = 0; tap < to_.taps; ++tap) {
        const std::int8_t q = *stage++;
        sum += q;
        *at(tap, channel) = q;
      }
    to_.sums[column_] = sum;
  }

 private:
  std::int8_t* at(std::int64_t tap, std::int64_t channel) const {
    const std::int64_t quad = tap * to_.quads + channel / kQuad;
    return to_.panel(panel_) + (quad * width_ + column_ % kPanel) * kQuad + channel % kQuad;
  }

  std::int64_t channels_;
  const PackedWeights& to_;
  std::int64_t column_, panel_, width_;
};

std::int64_t columns_of(const Conv& conv) { return round_up(conv.out_channels, kLanes); }
std::size_t integer_bytes(const Conv& conv) {
  return std::size_t(columns_of(conv) * volume(conv.kernel) * round_up(conv.in_channels, kQuad));
}

}  // namespace

PackedWeights::PackedWeights(const Conv& conv, std::byte* memory)
    : columns(columns_of(conv)),
      taps(volume(conv.kernel)),
      quads(divide_up(conv.in_channels, kQuad)),
      integers(reinterpret_cast<std::int8_t*>(memory)),
      scales(reinterpret_cast<float*>(memory + integer_bytes(conv))),
      sums(reinterpret_cast<std::int32_t*>(scales + columns)) {}

std::size_t packed_weight_bytes(const Conv& conv) {
  return integer_bytes(conv) +
         std::size_t(columns_of(conv)) * (sizeof(float) + sizeof(std::int32_t));
}

std::int64_t PackedWeights::width(std::int64_t panel) const {
  return std::min(kPanel, columns - panel * kPanel);
}

void pack(const Conv& conv, const float* weight, const PackedWeights& to, ThreadPool& pool) {
  const std::int64_t count = conv.in_channels * to.taps;
  pool.run(divide_up(to.columns, kPanel), [&](std::int64_t p, int worker) {
    auto* stage = reinterpret_cast<std::int8_t*>(pool.scratch(worker));
    std::memset(to.panel(p), 0, std::size_t(to.width(p) * to.taps * to.quads * kQuad));
    for (std::int64_t n = p * kPanel; n < p * kPanel + to.width(p); ++n) {
      to.scales[n] = 0;
      to.sums[n] = 0;
      if (n < conv.out_channels) Column(conv, to, n).pack(weight + n * count, stage);
    }
  });
}

}  // namespace noyau::kernels::int8
