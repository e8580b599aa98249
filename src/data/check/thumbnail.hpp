#pragma once

#include <array>
#include <cstdint>

#include "noyau/data.hpp"

namespace noyau::data {

/// A picture as 32 x 32 pixels of luma, whatever its shape was.
inline constexpr std::int64_t kThumbnailSide = 32;
using Thumbnail = std::array<std::uint8_t, kThumbnailSide * kThumbnailSide>;

/// `small`: 32 x 32 pixels with 1 or 3 channels.
Thumbnail thumbnail_of(const Image& small);

/// The ways that a mirrored or turned copy can lie are numbered as the orientations of EXIF; 1 is
/// upright. The eighth is left out: it is the sixth, seen from the other picture of a pair.
inline constexpr int kTurns = 7, kQuarterTurn = 6;

/// The thumbnail of the picture that was stored with this orientation.
Thumbnail turned(const Thumbnail& thumbnail, int orientation);

/// Of each turn 64 bits: which of the 8 x 8 lowest frequencies after the constant ones lie above
/// their median (pHash: Zauner, Implementation and Benchmarking of Perceptual Image Hash Functions,
/// 2010).
std::array<std::uint64_t, kTurns> perceptual_hashes(const Thumbnail& thumbnail);

/// Pearson's correlation, -1 to 1: blind to brightness and contrast; 0 where one of both is flat.
double similarity(const Thumbnail& a, const Thumbnail& b);

/// Standard deviation of the pixels.
double deviation(const Thumbnail& thumbnail);

}  // namespace noyau::data
