#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "data/rectangle.hpp"
#include "noyau/data.hpp"

namespace noyau::data {

/// Which pixels of a picture will be used; the others need not be decoded. The functions are asked
/// once the header has told the size, which is that of the upright picture.
struct DecodeChoice {
  /// What the picture will be resized to: a JPEG is decoded at 1/2, 1/4 or 1/8 (extents rounded up)
  /// as long as it stays larger than that by a quarter. None: at its own size.
  std::function<Size(Size)> resized_to = {};
  /// The part that is wanted, of a picture of the size as decoded; none: all of it. It has the
  /// pixels that it has in the whole picture.
  std::function<Rectangle(Size)> part = {};
  /// Without, damage behind the last row of the part goes unnoticed.
  bool to_the_end = true;
};

/// By how much a JPEG of size `whole` is decoded smaller then: 1, 2, 4 or 8.
int shrink_for(Size whole, Size resized_to);
/// Its size then.
Size shrunk(Size whole, int shrink);

/// As `decode_image`.
Image decode(std::span<const std::uint8_t> bytes, const std::string& where, int channels,
             const DecodeChoice& choice);

/// Of each slice of a volume.
Image cut(const Image& image, const Rectangle& part);

}  // namespace noyau::data
