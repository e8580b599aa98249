#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace noyau::data {

/// What a file is, by its first bytes.
enum class Format : std::uint8_t {
  jpeg,
  png,
  npy,
  webp,
  empty,
  gif,
  tiff,
  heic,
  avif,
  bmp,
  svg,
  html,
  pdf,
  zip,
  gzip,
  jpeg2000,
  jpeg_xl,
  unknown
};

inline constexpr std::string_view kSupportedFormats = "JPEG, PNG, WebP or NPY";

Format sniff(std::span<const std::uint8_t> bytes);
std::string_view to_string(Format format);
inline bool is_supported(Format format) { return format <= Format::webp; }

/// "unsupported format GIF", "not an image", "empty file": why a file of this format is refused.
std::string refusal(Format format);

/// Channels that the header tells: 1 = grey, 3 = colour, 0 = the header is beyond `bytes` or
/// broken.
int header_channels(std::span<const std::uint8_t> bytes);

}  // namespace noyau::data
