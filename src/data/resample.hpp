#pragma once

#include <cstdint>

#include "noyau/data.hpp"

namespace noyau::data {

/// A rectangle of pixels in a picture that it does not own.
struct View {
  const std::uint8_t* pixels = nullptr;
  std::int64_t height = 0;
  std::int64_t width = 0;
  std::int64_t channels = 0;
  std::int64_t row_bytes = 0;
};

View view(const Image& image);
/// The rectangle must lie inside.
View crop(const Image& image, std::int64_t top, std::int64_t left, std::int64_t height,
          std::int64_t width);

/// Which part of the resized picture is wanted.
struct Window {
  std::int64_t full_height = 0, full_width = 0;  ///< extents that the whole picture is resized to
  std::int64_t top = 0, left = 0;
  std::int64_t height = 0, width = 0;
  Interpolation interpolation = Interpolation::bilinear;
  /// Extents that the source stands for where its last row and column are less than a pixel, as
  /// 427 rows at half their size are 213.5; 0 = its own.
  double source_height = 0, source_width = 0;
};

/// The window of the antialiased resize; pixels outside of it cost nothing, so a picture
/// of 1 x 30000 enlarged to cover a square stays cheap.
Image resample(const View& source, const Window& window);

}  // namespace noyau::data
