#include "data/augment/enhance.hpp"

#include <algorithm>

#include "data/augment/kind.hpp"
#include "data/augment/table.hpp"
#include "data/convert.hpp"

namespace noyau::data {
namespace {

std::uint8_t blend(int without, int value, float factor) {
  const float mixed = float(without) + factor * float(value - without);
  return std::uint8_t(std::clamp(mixed, 0.0f, 255.0f));
}

Table blend_table(int without, double factor) {
  Table table;
  for (int value = 0; value < 256; ++value)
    table[std::size_t(value)] = blend(without, value, float(factor));
  return table;
}

int mean_luma(const Image& image) {
  std::uint64_t sum = 0;
  const std::size_t channels = std::size_t(image.channels);
  for (std::size_t i = 0; i < image.pixels.size(); i += channels)
    sum += channels == 1 ? image.pixels[i] : luma(&image.pixels[i]);
  const std::uint64_t pixels = image.pixels.size() / channels;
  return int((2 * sum + pixels) / (2 * pixels));
}

/// The middle weighs 5, its 8 neighbours 1 each.
std::uint8_t smoothed(const std::uint8_t* middle, std::int64_t pixel, std::int64_t row) {
  int sum = 4 * *middle;
  for (const std::int64_t y : {-row, std::int64_t(0), row})
    sum += middle[y - pixel] + middle[y] + middle[y + pixel];
  return std::uint8_t((2 * sum + 13) / 26);
}

template <void (*kChange)(Image&, double)>
void change(Image& image, Arguments a, const InputSize&, Random& random) {
  kChange(image, around_one(random, a[0]));
}

}  // namespace

void change_brightness(Image& image, double factor) { look_up(image, blend_table(0, factor)); }

void change_contrast(Image& image, double factor) {
  look_up(image, blend_table(mean_luma(image), factor));
}

void change_color(Image& image, double factor) {
  if (image.channels != 3) return;
  for (std::size_t i = 0; i < image.pixels.size(); i += 3) {
    std::uint8_t* rgb = &image.pixels[i];
    const int grey = luma(rgb);
    for (int c = 0; c < 3; ++c) rgb[c] = blend(grey, rgb[c], float(factor));
  }
}

void change_sharpness(Image& image, double factor) {
  const std::vector<std::uint8_t> before = image.pixels;
  const std::int64_t row = image.width * image.channels;
  for (std::int64_t y = 1; y + 1 < image.height; ++y)
    for (std::int64_t x = image.channels; x + image.channels < row; ++x) {
      const std::int64_t i = y * row + x;
      image.pixels[std::size_t(i)] = blend(smoothed(before.data() + i, image.channels, row),
                                           before[std::size_t(i)], float(factor));
    }
}

namespace augmentations {

Kind brightness() {
  return {{"brightness",
           {{"strength", 0, 10, 0.4}},
           "multiplies with a factor within the strength of 1",
           "Pillow ImageEnhance"},
          change<change_brightness>};
}

Kind contrast() {
  return {{"contrast",
           {{"strength", 0, 10, 0.4}},
           "moves pixels away from the mean grey, or towards it, by a factor within the strength "
           "of 1",
           "Pillow ImageEnhance"},
          change<change_contrast>};
}

Kind color() {
  return {{"color",
           {{"strength", 0, 10, 0.4}},
           "moves colours away from grey, or towards it, by a factor within the strength of 1",
           "Pillow ImageEnhance"},
          change<change_color>};
}

Kind sharpness() {
  return {{"sharpness",
           {{"strength", 0, 10, 0.5}},
           "sharpens, or smooths, by a factor within the strength of 1",
           "Pillow ImageEnhance"},
          change<change_sharpness>};
}

}  // namespace augmentations
}  // namespace noyau::data
