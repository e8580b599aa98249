#pragma once

#include <cstdint>

namespace noyau::data {

/// Extents of a picture in pixels.
struct Size {
  std::int64_t height = 0, width = 0;
  bool operator==(const Size&) const = default;
};

/// A rectangle inside a picture.
struct Rectangle {
  std::int64_t top = 0, left = 0, height = 0, width = 0;
  bool operator==(const Rectangle&) const = default;
};

}  // namespace noyau::data
