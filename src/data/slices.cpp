#include "data/slices.hpp"

namespace noyau::data {

Image slice(const Image& volume, std::int64_t index) {
  const std::ptrdiff_t size = volume.height * volume.width * volume.channels;
  const auto begin = volume.pixels.begin() + index * size;
  return {volume.height, volume.width, volume.channels, {begin, begin + size}};
}

Image with_depth(const Image& volume, std::int64_t depth) {
  if (volume.depth == depth) return volume;
  Image out{volume.height, volume.width, volume.channels, {}, depth};
  const std::ptrdiff_t size = volume.height * volume.width * volume.channels;
  out.pixels.reserve(std::size_t(depth * size));
  for (std::int64_t i = 0; i < depth; ++i) {
    const auto begin = volume.pixels.begin() + (2 * i + 1) * volume.depth / (2 * depth) * size;
    out.pixels.insert(out.pixels.end(), begin, begin + size);
  }
  return out;
}

}  // namespace noyau::data
