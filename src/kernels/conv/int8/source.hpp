#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/conv/int8/tile.hpp"

/// x as integers: [batch][depth][height][width][pixel], with its padding (which holds the integer
/// of zero), so that windows are read without a look at the edges.
namespace noyau::kernels::int8 {

struct Source {
  Conv c;               ///< 1x1 convolutions: each picture is one long row
  Dims extent;          ///< positions that windows reach, padding included
  std::int64_t quads;   ///< of a pixel's channels
  std::int64_t pixel;   ///< bytes from pixel to pixel
  std::int64_t chunks;  ///< of a picture, whose ranges are found apart

  explicit Source(const Conv& conv);

  /// Pixels along a row follow each other without a gap: so do the taps of a row of the kernel.
  bool merged() const { return pixel == quads * kQuad && c.dilation[2] == 1; }
  std::int64_t row_bytes() const { return extent[2] * pixel; }
  std::int64_t image_bytes() const { return extent[0] * extent[1] * row_bytes(); }
  std::int64_t image_elements() const { return c.in[0] * c.in[1] * c.in[2] * c.in_channels; }
};

/// What a source needs room for, and where it is.
struct SourceBuffer {
  SourceBuffer(const Source& source, std::byte* memory);

  Scale* scales;         ///< of each picture
  Range* ranges;         ///< of each chunk
  std::uint8_t* images;  ///< 64-byte aligned
};
std::size_t buffer_bytes(const Source& source);

/// Quantises x.
void fill(const Source& source, const float* x, const SourceBuffer& to, ThreadPool& pool);

}  // namespace noyau::kernels::int8
