#include "data/filter.hpp"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "data/filter.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace noyau::data::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using I32 = hn::ScalableTag<std::int32_t>;
using U8 = hn::Rebind<std::uint8_t, I32>;
constexpr std::int32_t kHalf = 1 << (kFractionBits - 1);

// What one output line is made of.
struct Sum {
  const std::uint8_t* source;
  std::int64_t stride, count;
  const std::int32_t* weights;
};

template <int kVectors>
HWY_INLINE void sum_vectors(const Sum& sum, std::int64_t at, std::uint8_t* out) {
  const I32 d;
  const U8 bytes;
  constexpr std::int64_t kLanes = std::int64_t(hn::MaxLanes(I32()));
  hn::Vec<I32> sums[kVectors];
  for (auto& s : sums) s = hn::Set(d, kHalf);
  const std::uint8_t* source = sum.source + at;
  for (std::int64_t k = 0; k < sum.count; ++k, source += sum.stride) {
    const auto weight = hn::Set(d, sum.weights[k]);
    for (int v = 0; v < kVectors; ++v)
      sums[v] = hn::Add(sums[v],
                        hn::Mul(hn::PromoteTo(d, hn::LoadU(bytes, source + v * kLanes)), weight));
  }
  for (int v = 0; v < kVectors; ++v)
    hn::StoreU(hn::DemoteTo(bytes, hn::ShiftRight<kFractionBits>(sums[v])), bytes,
               out + at + v * kLanes);
}

void sum_rest(const Sum& sum, std::int64_t at, std::int64_t length, std::uint8_t* out) {
  for (; at < length; ++at) {
    std::int32_t total = kHalf;
    for (std::int64_t k = 0; k < sum.count; ++k)
      total += sum.source[k * sum.stride + at] * sum.weights[k];
    out[at] = std::uint8_t(std::clamp(total >> kFractionBits, 0, 255));
  }
}

void filter_lines(const Lines& source, std::int64_t first_line, std::int64_t length,
                  const Filter& filter, std::uint8_t* out, std::int64_t out_stride) {
  constexpr std::int64_t kLanes = std::int64_t(hn::MaxLanes(I32()));
  for (std::size_t i = 0; i < filter.first.size(); ++i, out += out_stride) {
    const Sum sum{source.bytes + (filter.first[i] - first_line) * source.stride, source.stride,
                  filter.count[i], filter.weights.data() + std::int64_t(i) * filter.stride};
    std::int64_t at = 0;
    for (; at + 4 * kLanes <= length; at += 4 * kLanes) sum_vectors<4>(sum, at, out);
    for (; at + kLanes <= length; at += kLanes) sum_vectors<1>(sum, at, out);
    sum_rest(sum, at, length, out);
  }
}

#if HWY_TARGET == HWY_SCALAR

void transpose_16(const Lines& source, std::uint8_t* out, std::int64_t out_stride) {
  for (int y = 0; y < 16; ++y)
    for (int x = 0; x < 16; ++x) out[x * out_stride + y] = source.bytes[y * source.stride + x];
}

#else

// Each stage interleaves the upper half of the lines with the lower one: four of them swap the four
// bits of a byte's line with the four of its column.
void transpose_16(const Lines& source, std::uint8_t* out, std::int64_t out_stride) {
  const hn::FixedTag<std::uint8_t, 16> d;
  hn::Vec<decltype(d)> lines[16], next[16];
  for (int i = 0; i < 16; ++i) lines[i] = hn::LoadU(d, source.bytes + i * source.stride);
  for (int stage = 0; stage < 4; ++stage) {
    for (int i = 0; i < 8; ++i) {
      next[2 * i] = hn::InterleaveLower(d, lines[i], lines[i + 8]);
      next[2 * i + 1] = hn::InterleaveUpper(d, lines[i], lines[i + 8]);
    }
    std::copy(next, next + 16, lines);
  }
  for (int i = 0; i < 16; ++i) hn::StoreU(lines[i], d, out + i * out_stride);
}

#endif

}  // namespace noyau::data::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace noyau::data {

HWY_EXPORT(filter_lines);
HWY_EXPORT(transpose_16);

void filter_lines(const Lines& source, std::int64_t first_line, std::int64_t length,
                  const Filter& filter, std::uint8_t* out, std::int64_t out_stride) {
  HWY_DYNAMIC_DISPATCH(filter_lines)(source, first_line, length, filter, out, out_stride);
}

void transpose_16(const Lines& source, std::uint8_t* out, std::int64_t out_stride) {
  HWY_DYNAMIC_DISPATCH(transpose_16)(source, out, out_stride);
}

}  // namespace noyau::data
#endif  // HWY_ONCE
