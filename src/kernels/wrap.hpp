#pragma once

#include <algorithm>
#include <cstdint>

namespace noyau::kernels {

/// A row is repeated for so many elements that a vector can start at any of its channels.
inline constexpr std::int64_t kWrap = 64;

/// `row` of n numbers, repeated from its start up to n + kWrap.
inline void wrap(const float* row, std::int64_t n, float* to) {
  std::copy_n(row, n, to);
  for (std::int64_t i = n; n > 0 && i < n + kWrap; ++i) to[i] = to[i - n];
}

}  // namespace noyau::kernels
