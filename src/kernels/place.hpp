#pragma once

#include "kernels/chunks.hpp"

namespace noyau::kernels {

/// A place in a volume: image, depth, row, column.
struct Place {
  std::int64_t n, d, h, w;
};

/// Place number `i` in row-major order.
inline Place place_of(const Dims& extents, std::int64_t i) {
  return {i / volume(extents), i / (extents[1] * extents[2]) % extents[0],
          i / extents[2] % extents[1], i % extents[2]};
}

inline std::int64_t pixel_of(const Dims& extents, std::int64_t n, std::int64_t d, std::int64_t h,
                             std::int64_t w) {
  return ((n * extents[0] + d) * extents[1] + h) * extents[2] + w;
}

}  // namespace noyau::kernels
