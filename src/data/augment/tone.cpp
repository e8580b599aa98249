#include "data/augment/tone.hpp"

#include <algorithm>
#include <utility>

#include "data/augment/kind.hpp"
#include "data/augment/table.hpp"

namespace noyau::data {
namespace {

using Histogram = std::array<std::int64_t, 256>;

Table make_table(auto rule) {
  Table table;
  for (int value = 0; value < 256; ++value) table[std::size_t(value)] = std::uint8_t(rule(value));
  return table;
}

/// Replaces each channel by the table that `rule` makes of its histogram.
void map_channels(Image& image, Table (*rule)(const Histogram&)) {
  const std::size_t channels = std::size_t(image.channels);
  for (std::size_t c = 0; c < channels; ++c) {
    Histogram histogram{};
    for (std::size_t i = c; i < image.pixels.size(); i += channels) ++histogram[image.pixels[i]];
    const Table table = rule(histogram);
    for (std::size_t i = c; i < image.pixels.size(); i += channels)
      image.pixels[i] = table[image.pixels[i]];
  }
}

/// The smallest and the largest value that occur.
std::pair<int, int> extremes(const Histogram& histogram) {
  int low = 0, high = 255;
  while (low < 255 && histogram[std::size_t(low)] == 0) ++low;
  while (high > 0 && histogram[std::size_t(high)] == 0) --high;
  return {low, high};
}

Table unchanged() {
  return make_table([](int value) { return value; });
}

Table stretching(const Histogram& histogram) {
  const auto [low, high] = extremes(histogram);
  if (high <= low) return unchanged();
  const double scale = 255.0 / (high - low), offset = -low * scale;
  return make_table([&](int value) { return std::clamp(int(value * scale + offset), 0, 255); });
}

Table flattening(const Histogram& histogram) {
  const auto [low, high] = extremes(histogram);
  std::int64_t pixels = 0;
  for (const std::int64_t count : histogram) pixels += count;
  const std::int64_t step = (pixels - histogram[std::size_t(high)]) / 255;
  if (high <= low || step == 0) return unchanged();
  std::int64_t below = step / 2;
  return make_table([&](int value) {
    return std::min<std::int64_t>(
        std::exchange(below, below + histogram[std::size_t(value)]) / step, 255);
  });
}

}  // namespace

void invert(Image& image) { solarize(image, 0); }

void solarize(Image& image, int threshold) {
  look_up(image, make_table([=](int value) { return value < threshold ? value : 255 - value; }));
}

void posterize(Image& image, int bits) {
  look_up(image, make_table([=](int value) { return value >> (8 - bits) << (8 - bits); }));
}

void stretch_contrast(Image& image) { map_channels(image, stretching); }

void equalize_histogram(Image& image) { map_channels(image, flattening); }

namespace augmentations {

Kind invert() {
  return {{"invert", {{"probability", 0, 1, 0.5}}, "turns the picture into its negative", ""},
          [](Image& image, Arguments a, const InputSize&, Random& random) {
            if (chance(random, a[0])) data::invert(image);
          }};
}

Kind autocontrast() {
  return {{"autocontrast",
           {{"probability", 0, 1, 0.5}},
           "stretches each channel over all values",
           "Pillow ImageOps"},
          [](Image& image, Arguments a, const InputSize&, Random& random) {
            if (chance(random, a[0])) stretch_contrast(image);
          }};
}

Kind equalize() {
  return {{"equalize",
           {{"probability", 0, 1, 0.5}},
           "makes the histogram of each channel flat",
           "Pillow ImageOps"},
          [](Image& image, Arguments a, const InputSize&, Random& random) {
            if (chance(random, a[0])) equalize_histogram(image);
          }};
}

Kind posterize() {
  return {{"posterize",
           {{"bits", 1, 8, 4, true}, {"probability", 0, 1, 0.5}},
           "keeps the upper bits of each value",
           "Pillow ImageOps"},
          [](Image& image, Arguments a, const InputSize&, Random& random) {
            if (chance(random, a[1])) data::posterize(image, int(a[0]));
          }};
}

Kind solarize() {
  return {{"solarize",
           {{"threshold", 0, 256, 128, true}, {"probability", 0, 1, 0.5}},
           "inverts the values from the threshold on",
           "Pillow ImageOps"},
          [](Image& image, Arguments a, const InputSize&, Random& random) {
            if (chance(random, a[1])) data::solarize(image, int(a[0]));
          }};
}

}  // namespace augmentations
}  // namespace noyau::data
