#pragma once

#include <string>

#include "base/random.hpp"
#include "data/augment/augment.hpp"
#include "data/pictures.hpp"

namespace noyau::test {

/// A restless picture that a line of Python makes as well: pixel i is (7 i i + 31 i + 11) mod 256.
inline Image pattern(std::int64_t height, std::int64_t width, std::int64_t channels) {
  Image image{height, width, channels, {}};
  for (std::int64_t i = 0; i < height * width * channels; ++i)
    image.pixels.push_back(std::uint8_t(7 * i * i + 31 * i + 11));
  return image;
}

/// The picture after the steps of `list`, as sample `index` of epoch 2 with seed 1 and an input of
/// the picture's size.
inline Image augmented(const Image& image, const std::string& list, std::int64_t index = 3) {
  return data::augment(image, data::resolve(parse_augmentations(list)),
                       {image.height, image.width, image.channels}, {1, 2, index});
}

/// The pixels of a copy of `image` that `change` was called with.
template <class Change>
Bytes changed(Image image, Change&& change) {
  change(image);
  return image.pixels;
}

/// To put pixels into sets; GCC 12 warns of comparisons of vectors that never happen.
inline std::string text(const Bytes& pixels) { return {pixels.begin(), pixels.end()}; }

}  // namespace noyau::test
