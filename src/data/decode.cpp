#include "data/convert.hpp"
#include "data/file.hpp"
#include "data/format.hpp"
#include "data/jpeg.hpp"
#include "data/npy.hpp"
#include "data/png.hpp"
#include "data/webp.hpp"
#include "noyau/data.hpp"
#include "noyau/error.hpp"

namespace noyau {

namespace data {

Image with_channels(Image image, std::int64_t channels) {
  if (channels == 0 || channels == image.channels) return image;
  const std::size_t pixels = std::size_t(image.depth * image.height * image.width);
  Image out{image.height, image.width, channels, {}, image.depth};
  out.pixels.resize(pixels * std::size_t(channels));
  const std::uint8_t* src = image.pixels.data();
  for (std::size_t i = 0; i < pixels; ++i) {
    if (channels == 1) {
      out.pixels[i] = luma(src + 3 * i);
    } else {
      for (std::size_t c = 0; c < 3; ++c) out.pixels[3 * i + c] = src[i];
    }
  }
  return out;
}

// In place: the result never overtakes what is still to be read.
void lay_on_white(Image& image, int channels) {
  const std::size_t pixels = std::size_t(image.height * image.width);
  std::uint8_t* dst = image.pixels.data();
  for (std::size_t i = 0; i < pixels; ++i) {
    const std::uint8_t* src = image.pixels.data() + 4 * i;
    const int alpha = src[3];
    for (int c = 0; c < channels; ++c)
      *dst++ = std::uint8_t((src[c] * alpha + 255 * (255 - alpha) + 127) / 255);
  }
  image.channels = channels;
  image.pixels.resize(pixels * std::size_t(channels));
}

}  // namespace data

Image decode_image(std::span<const std::uint8_t> bytes, const std::string& where, int channels) {
  if (channels != 0 && channels != 1 && channels != 3) {
    throw Error(ErrorCode::invalid_argument, "channels", std::to_string(channels), "0, 1 or 3");
  }
  const data::Format format = data::sniff(bytes);
  if (!data::is_supported(format)) {
    const bool other_image = data::refusal(format).starts_with("unsupported");
    throw Error(other_image ? ErrorCode::unsupported : ErrorCode::corrupt_file, where,
                data::refusal(format), std::string(data::kSupportedFormats));
  }
  Image image = format == data::Format::jpeg   ? data::decode_jpeg(bytes, where)
                : format == data::Format::png  ? data::decode_png(bytes, where)
                : format == data::Format::webp ? data::decode_webp(bytes, where)
                                               : data::decode_npy(bytes, where);
  return data::with_channels(std::move(image), channels);
}

Image load_image(const std::string& path, int channels) {
  return decode_image(data::read_file(path), path, channels);
}

}  // namespace noyau
