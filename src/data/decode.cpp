#include "data/decode.hpp"

#include "data/convert.hpp"
#include "data/file.hpp"
#include "data/format.hpp"
#include "data/jpeg.hpp"
#include "data/npy.hpp"
#include "data/png.hpp"
#include "data/resample.hpp"
#include "data/slices.hpp"
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

Size shrunk(Size whole, int shrink) {
  const auto rounded_up = [&](std::int64_t extent) { return (extent + shrink - 1) / shrink; };
  return {rounded_up(whole.height), rounded_up(whole.width)};
}

// A quarter larger than needed: then the resize that follows differs from that of the whole
// picture by less than two grey levels in the mean, also on pictures full of detail.
int shrink_for(Size whole, Size resized_to) {
  for (const int shrink : {8, 4, 2})
    if (4 * whole.height >= 5 * shrink * resized_to.height &&
        4 * whole.width >= 5 * shrink * resized_to.width)
      return shrink;
  return 1;
}

Image cut(const Image& image, const Rectangle& part) {
  return each_slice(image, [&](const Image& slice) {
    return resample(crop(slice, part.top, part.left, part.height, part.width),
                    {part.height, part.width, 0, 0, part.height, part.width});
  });
}

namespace {

Image decode_whole(Format format, std::span<const std::uint8_t> bytes, const std::string& where) {
  return format == Format::png    ? decode_png(bytes, where)
         : format == Format::webp ? decode_webp(bytes, where)
                                  : decode_npy(bytes, where);
}

}  // namespace

Image decode(std::span<const std::uint8_t> bytes, const std::string& where, int channels,
             const DecodeChoice& choice) {
  if (channels != 0 && channels != 1 && channels != 3) {
    throw Error(ErrorCode::invalid_argument, "channels", std::to_string(channels), "0, 1 or 3");
  }
  const Format format = sniff(bytes);
  if (!is_supported(format)) {
    const bool other_image = refusal(format).starts_with("unsupported");
    throw Error(other_image ? ErrorCode::unsupported : ErrorCode::corrupt_file, where,
                refusal(format), std::string(kSupportedFormats));
  }
  if (format == Format::jpeg) return with_channels(decode_jpeg(bytes, where, choice), channels);
  Image image = with_channels(decode_whole(format, bytes, where), channels);
  return choice.part ? cut(image, choice.part({image.height, image.width})) : image;
}

}  // namespace data

Image decode_image(std::span<const std::uint8_t> bytes, const std::string& where, int channels) {
  return data::decode(bytes, where, channels, {});
}

Image load_image(const std::string& path, int channels) {
  return decode_image(data::read_file(path), path, channels);
}

}  // namespace noyau
