#pragma once

#include <algorithm>
#include <cstdint>

#include "kernels/kernel.hpp"

namespace noyau::kernels {

/// The taps [begin, end) of a window along one axis that fall inside the input, and the input
/// position of tap 0 (which may be negative).
struct Window {
  std::int64_t begin, end, start;
};

/// Window of output position `o` along `axis`. T is Conv or Pool.
template <class T>
Window window_of(const T& p, int axis, std::int64_t o) {
  const auto a = std::size_t(axis);
  const std::int64_t start = o * p.stride[a] - p.pad[a], step = p.dilation[a];
  const std::int64_t begin = start < 0 ? (-start + step - 1) / step : 0;
  const std::int64_t inside = p.in[a] - start;
  const std::int64_t end = inside <= 0 ? 0 : std::min(p.kernel[a], (inside + step - 1) / step);
  return {begin, std::max(begin, end), start};
}

/// The output position whose tap `tap` reads input position `i` along `axis`, or -1.
template <class T>
std::int64_t output_of(const T& p, int axis, std::int64_t i, std::int64_t tap) {
  const auto a = std::size_t(axis);
  const std::int64_t reach = i + p.pad[a] - tap * p.dilation[a];
  if (reach < 0 || reach % p.stride[a] != 0) return -1;
  const std::int64_t o = reach / p.stride[a];
  return o < p.out[a] ? o : -1;
}

}  // namespace noyau::kernels
