#include "data/augment.hpp"

#include <algorithm>
#include <cmath>

#include "data/convert.hpp"
#include "noyau/error.hpp"

namespace noyau::data {
namespace {

// Keeps these draws apart from the shuffle's, which share the seed.
constexpr std::uint64_t kStream = 0x61756720;

void require(bool good, const char* option, const char* expected, double got) {
  if (!good) throw Error(ErrorCode::invalid_argument, option, std::to_string(got), expected);
}

Rectangle centred(std::int64_t height, std::int64_t width, std::int64_t kept_height,
                  std::int64_t kept_width) {
  return {(height - kept_height) / 2, (width - kept_width) / 2, kept_height, kept_width};
}

Rectangle largest(const AugmentOptions& options, std::int64_t height, std::int64_t width) {
  const double ratio = double(width) / double(height);
  std::int64_t h = height, w = width;
  if (ratio < options.ratio_low) h = std::llround(double(w) / options.ratio_low);
  if (ratio > options.ratio_high) w = std::llround(double(h) * options.ratio_high);
  return centred(height, width, std::clamp<std::int64_t>(h, 1, height),
                 std::clamp<std::int64_t>(w, 1, width));
}

Image padded_crop(const Image& image, Random& random, std::int64_t padding) {
  const std::uint64_t places = std::uint64_t(2 * padding + 1);
  const std::int64_t down = std::int64_t(random.below(places)) - padding;
  const std::int64_t right = std::int64_t(random.below(places)) - padding;
  return shifted(image, down, right);
}

Image resized_crop(const Image& image, Random& random, const AugmentOptions& options,
                   const InputSize& input) {
  const Rectangle r = draw_rectangle(random, options, image.height, image.width);
  return resample(crop(image, r.top, r.left, r.height, r.width),
                  {input.height, input.width, 0, 0, input.height, input.width});
}

}  // namespace

void check(const AugmentOptions& o) {
  require(o.padding >= 0 && o.padding <= 1024, "padding", "0 to 1024", double(o.padding));
  require(o.scale_low > 0 && o.scale_low <= o.scale_high && o.scale_high <= 1, "scale",
          "0 < low <= high <= 1", o.scale_low);
  require(o.ratio_low > 0 && o.ratio_low <= o.ratio_high && o.ratio_high <= 100, "ratio",
          "0 < low <= high <= 100", o.ratio_low);
  require(o.flip >= 0 && o.flip <= 1, "flip", "0 to 1", o.flip);
}

Rectangle draw_rectangle(Random& random, const AugmentOptions& options, std::int64_t height,
                         std::int64_t width) {
  constexpr int kDraws = 10;
  const double area = double(height) * double(width);
  const double low = std::log(options.ratio_low), high = std::log(options.ratio_high);
  for (int draw = 0; draw < kDraws; ++draw) {
    const double target = area * random.uniform(options.scale_low, options.scale_high);
    const double ratio = std::exp(random.uniform(low, high));
    const std::int64_t w = std::llround(std::sqrt(target * ratio));
    const std::int64_t h = std::llround(std::sqrt(target / ratio));
    if (w < 1 || h < 1 || w > width || h > height) continue;
    const std::int64_t top = std::int64_t(random.below(std::uint64_t(height - h + 1)));
    const std::int64_t left = std::int64_t(random.below(std::uint64_t(width - w + 1)));
    return {top, left, h, w};
  }
  return largest(options, height, width);
}

Image shifted(const Image& image, std::int64_t down, std::int64_t right) {
  Image out = image;
  std::fill(out.pixels.begin(), out.pixels.end(), std::uint8_t(0));
  const std::int64_t rows = image.height - std::abs(down), columns = image.width - std::abs(right);
  if (rows <= 0 || columns <= 0) return out;
  const std::int64_t bytes = columns * image.channels, row = image.width * image.channels;
  const std::int64_t src_left = std::max<std::int64_t>(0, -right) * image.channels;
  const std::int64_t dst_left = std::max<std::int64_t>(0, right) * image.channels;
  for (std::int64_t y = 0; y < rows; ++y) {
    const std::int64_t src_y = y + std::max<std::int64_t>(0, -down);
    const std::int64_t dst_y = y + std::max<std::int64_t>(0, down);
    std::copy_n(image.pixels.begin() + src_y * row + src_left, bytes,
                out.pixels.begin() + dst_y * row + dst_left);
  }
  return out;
}

void flip_horizontally(Image& image) {
  for (std::int64_t y = 0; y < image.height; ++y) {
    std::uint8_t* row = image.pixels.data() + y * image.width * image.channels;
    for (std::int64_t l = 0, r = image.width - 1; l < r; ++l, --r)
      std::swap_ranges(row + l * image.channels, row + (l + 1) * image.channels,
                       row + r * image.channels);
  }
}

Image augment(const Image& image, const AugmentOptions& options, const InputSize& input,
              std::uint64_t seed, std::int64_t epoch, std::int64_t index) {
  Random random(seed, std::uint64_t(epoch), std::uint64_t(index), kStream);
  const bool flip = random.uniform() < options.flip;
  Image out;
  switch (options.crop) {
    case AugmentOptions::Crop::none:
      out = image;
      break;
    case AugmentOptions::Crop::padded:
      out = padded_crop(image, random, options.padding);
      break;
    case AugmentOptions::Crop::resized:
      out = with_channels(resized_crop(image, random, options, input), input.channels);
      break;
  }
  if (flip) flip_horizontally(out);
  return out;
}

}  // namespace noyau::data
