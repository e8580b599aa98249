#include "data/webp.hpp"

#include <webp/decode.h>

#include <algorithm>
#include <string_view>

#include "data/convert.hpp"
#include "data/exif.hpp"
#include "data/limits.hpp"
#include "noyau/error.hpp"

namespace noyau::data {
namespace {

using Bytes = std::span<const std::uint8_t>;

constexpr std::size_t kRiffHeader = 12;  // "RIFF", size of what follows, "WEBP"
constexpr std::size_t kChunkHeader = 8;  // name, size

Error damaged(const std::string& where, const std::string& what) {
  return {ErrorCode::corrupt_file, where, "damaged WebP: " + what, "a complete WebP"};
}

std::size_t little_endian(Bytes bytes) {
  return std::size_t(bytes[0]) | std::size_t(bytes[1]) << 8 | std::size_t(bytes[2]) << 16 |
         std::size_t(bytes[3]) << 24;
}

std::string_view text(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// The container alone: what follows it is ignored, and a file that ends within it is refused,
// which the decoder itself does not do when only the last bytes are missing.
Bytes container(Bytes bytes, const std::string& where) {
  if (bytes.size() < kRiffHeader + kChunkHeader) throw damaged(where, "the header is cut off");
  if (text(bytes.first(4)) != "RIFF") throw damaged(where, "no RIFF container");
  const std::size_t size = little_endian(bytes.subspan(4)) + 8;
  if (size > bytes.size()) {
    throw damaged(where, "ends after " + std::to_string(bytes.size()) + " of " +
                             std::to_string(size) + " bytes");
  }
  return bytes.first(std::max(size, kRiffHeader));
}

WebPBitstreamFeatures features_of(Bytes riff, const std::string& where) {
  WebPBitstreamFeatures features{};
  if (WebPGetFeatures(riff.data(), riff.size(), &features) != VP8_STATUS_OK)
    throw damaged(where, "its header cannot be read");
  if (features.has_animation != 0) {
    throw Error(ErrorCode::unsupported, where, "an animated WebP", "a still picture",
                "save its frames as pictures of their own");
  }
  if (features.width < 1 || features.height < 1) throw damaged(where, "a picture without pixels");
  const auto width = std::uint64_t(features.width), height = std::uint64_t(features.height);
  // No other bound: a lossless picture of one colour takes some 30 bytes at any size.
  if (exceeds_pixel_limit(width, height)) throw_too_large(where, width, height);
  return features;
}

}  // namespace

Image decode_webp(std::span<const std::uint8_t> bytes, const std::string& where) {
  const Bytes riff = container(bytes, where);
  const WebPBitstreamFeatures features = features_of(riff, where);
  const bool alpha = features.has_alpha != 0;
  Image image{features.height, features.width, alpha ? 4 : 3, {}};
  const std::int64_t row = image.width * image.channels;
  image.pixels.resize(std::size_t(image.height * row));
  const auto decode = alpha ? WebPDecodeRGBAInto : WebPDecodeRGBInto;
  if (decode(riff.data(), riff.size(), image.pixels.data(), image.pixels.size(), int(row)) ==
      nullptr)
    throw damaged(where, "its pixels cannot be decoded");
  if (alpha) lay_on_white(image, 3);
  return upright(std::move(image), exif_orientation(find_exif(riff)));
}

}  // namespace noyau::data
