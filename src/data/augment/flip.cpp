#include "data/augment/flip.hpp"

#include <algorithm>

#include "data/augment/kind.hpp"

namespace noyau::data {

void flip_horizontally(Image& image) {
  for (std::int64_t y = 0; y < image.height; ++y) {
    std::uint8_t* row = image.pixels.data() + y * image.width * image.channels;
    for (std::int64_t l = 0, r = image.width - 1; l < r; ++l, --r)
      std::swap_ranges(row + l * image.channels, row + (l + 1) * image.channels,
                       row + r * image.channels);
  }
}

void flip_vertically(Image& image) {
  const std::int64_t row = image.width * image.channels;
  std::uint8_t* pixels = image.pixels.data();
  for (std::int64_t top = 0, bottom = image.height - 1; top < bottom; ++top, --bottom)
    std::swap_ranges(pixels + top * row, pixels + (top + 1) * row, pixels + bottom * row);
}

namespace {

void flip_in_depth(Image& image) {
  const std::int64_t size = image.height * image.width * image.channels;
  std::uint8_t* pixels = image.pixels.data();
  for (std::int64_t front = 0, back = image.depth - 1; front < back; ++front, --back)
    std::swap_ranges(pixels + front * size, pixels + (front + 1) * size, pixels + back * size);
}

}  // namespace

namespace augmentations {

Kind flip() {
  return {{"flip", {{"probability", 0, 1, 0.5}}, "mirrors left and right", ""},
          [](Image& image, Arguments a, const InputSize&, Random& random) {
            if (chance(random, a[0])) flip_horizontally(image);
          }};
}

Kind vflip() {
  return {{"vflip", {{"probability", 0, 1, 0.5}}, "mirrors top and bottom", ""},
          [](Image& image, Arguments a, const InputSize&, Random& random) {
            if (chance(random, a[0])) flip_vertically(image);
          }};
}

Kind dflip() {
  return {.info = {"dflip",
                   {{"probability", 0, 1, 0.5}},
                   "mirrors the front and the back of a volume; pictures stay as they are",
                   ""},
          .change =
              [](Image& image, Arguments a, const InputSize&, Random& random) {
                if (chance(random, a[0])) flip_in_depth(image);
              },
          .volumes = true};
}

}  // namespace augmentations
}  // namespace noyau::data
