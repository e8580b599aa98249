#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "data/rectangle.hpp"
#include "noyau/data.hpp"

namespace noyau::data {

/// The orientation (1 to 8, tag 0x0112 of IFD0) of a TIFF-structured EXIF block, without the
/// "Exif\0\0" that JPEG puts before it; 1 when it is absent, out of range or the block is damaged.
int exif_orientation(std::span<const std::uint8_t> tiff);

/// When the picture was taken: DateTimeOriginal (tag 0x9003 of the Exif directory) as seconds from
/// 1970 by the clock of the camera; nothing when it is absent or damaged.
std::optional<std::int64_t> exif_time(std::span<const std::uint8_t> tiff);

/// The EXIF block of a whole JPEG, PNG or WebP file, as the functions above want it; empty when
/// there is none.
std::span<const std::uint8_t> find_exif(std::span<const std::uint8_t> file);

/// Where row 0 and column 0 of a stored picture belong (EXIF 2.3, table of 0x0112): rows and
/// columns are reversed first and exchanged then.
struct Axes {
  bool transposed, rows_backwards, columns_backwards;
};
Axes axes_of(int orientation);

/// The picture turned and mirrored so that orientation 1 shows it upright.
Image upright(Image image, int orientation);

/// The upright size of a picture stored with this size, and the other way round.
Size turned(Size size, int orientation);

/// Where a part of the upright picture lies in the picture as stored, which has size `stored`.
Rectangle stored_part(const Rectangle& part, int orientation, Size stored);

}  // namespace noyau::data
