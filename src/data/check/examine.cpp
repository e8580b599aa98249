#include "data/check/examine.hpp"

#include <algorithm>
#include <cmath>

#include "data/convert.hpp"
#include "data/decode.hpp"
#include "data/exif.hpp"
#include "data/format.hpp"
#include "data/hash.hpp"
#include "data/slices.hpp"
#include "noyau/error.hpp"

namespace noyau::data {
namespace {

constexpr std::size_t kMostMeasured = 1 << 16;        // pixels, for brightness and contrast
constexpr std::int64_t kEnough = 2 * kThumbnailSide;  // pixels a side, to be reduced from
constexpr int kGreyTolerance = 8;                     // levels that the channels of grey may differ

void measure_tone(const Image& image, PictureFacts& facts) {
  const std::size_t channels = std::size_t(image.channels);
  const std::size_t pixels = image.pixels.size() / channels;
  const std::size_t step = (pixels + kMostMeasured - 1) / kMostMeasured;
  std::int64_t count = 0, sum = 0, squares = 0;
  for (std::size_t i = 0; i < pixels; i += step) {
    const std::uint8_t* pixel = image.pixels.data() + i * channels;
    const std::int64_t value = channels == 3 ? luma(pixel) : *pixel;
    ++count;
    sum += value;
    squares += value * value;
  }
  facts.brightness = double(sum) / double(count);
  facts.contrast = std::sqrt(double(count * squares - sum * sum)) / double(count);
}

bool has_colour(const Image& small) {
  if (small.channels != 3) return false;
  for (std::size_t i = 0; i < small.pixels.size(); i += 3) {
    const auto [low, high] =
        std::minmax({small.pixels[i], small.pixels[i + 1], small.pixels[i + 2]});
    if (high - low > kGreyTolerance) return true;
  }
  return false;
}

void examine_pixels(const Image& image, Examined& out) {
  PictureFacts& facts = out.facts;
  facts.readable = true;
  facts.depth = image.depth;
  const Image& picture = image.depth > 1 ? slice(image, image.depth / 2) : image;
  measure_tone(picture, facts);
  const Image small = resize(picture, kThumbnailSide, kThumbnailSide);
  facts.colour = has_colour(small);
  out.thumbnail = thumbnail_of(small);
  out.hashes = perceptual_hashes(out.thumbnail);
  facts.hash = out.hashes[0];
}

std::string hash_of(std::span<const std::uint8_t> bytes) {
  Hash hash;
  hash.add(bytes);
  return hash.text();
}

/// Large JPEGs at a fraction of their size, which is all that is needed and saves most of the time;
/// all of the file is read nevertheless. `size` becomes that of the picture.
Image decode_small(std::span<const std::uint8_t> bytes, const std::string& where, Size& size) {
  DecodeChoice choice;
  choice.resized_to = [&](Size full) {
    size = full;
    return Size{kEnough, kEnough};
  };
  Image image = decode(bytes, where, 0, choice);
  if (size.height == 0) size = {image.height, image.width};
  return image;
}

void examine_file(const std::vector<std::uint8_t>& bytes, const std::string& where, Examined& out) {
  PictureFacts& facts = out.facts;
  facts.bytes = std::int64_t(bytes.size());
  facts.format = to_string(sniff(bytes));
  facts.content = hash_of(bytes);
  const std::span<const std::uint8_t> exif = find_exif(bytes);
  facts.orientation = exif_orientation(exif);
  facts.taken = exif_time(exif).value_or(0);
  Size size{};
  const Image image = decode_small(bytes, where, size);
  facts.width = size.width;
  facts.height = size.height;
  const int stored = header_channels(bytes);
  facts.channels = stored != 0 ? stored : int(image.channels);
  examine_pixels(image, out);
}

void examine_in_memory(const Dataset& data, const Sample& sample, Examined& out) {
  const Image image = data.load(sample);
  out.facts.bytes = std::int64_t(image.pixels.size());
  out.facts.format = "IDX";
  out.facts.width = image.width;
  out.facts.height = image.height;
  out.facts.content = hash_of(image.pixels);
  out.facts.channels = int(image.channels);
  examine_pixels(image, out);
}

}  // namespace

Examined examine(const Dataset& data, const Sample& sample, Split part) {
  Examined out;
  out.facts.name = data.name(sample);
  out.facts.sample = sample;
  out.facts.part = part;
  try {
    if (data.in_memory())
      examine_in_memory(data, sample, out);
    else
      examine_file(data.encoded(sample), out.facts.name, out);
  } catch (const Error& error) {
    out.failure = error.got();
  }
  return out;
}

}  // namespace noyau::data
