#pragma once

#include "noyau/data.hpp"

namespace noyau::data {

/// Slice `index` of a volume as a picture.
Image slice(const Image& volume, std::int64_t index);

/// The volume with so many slices, evenly spaced among its own; repeated where it has fewer.
Image with_depth(const Image& volume, std::int64_t depth);

/// A volume of what `change(picture)` makes of each slice, all of one size.
template <class Change>
Image each_slice(const Image& volume, Change&& change) {
  Image out{0, 0, volume.channels, {}, volume.depth};
  for (std::int64_t i = 0; i < volume.depth; ++i) {
    const Image changed = change(slice(volume, i));
    out.height = changed.height;
    out.width = changed.width;
    out.channels = changed.channels;
    out.pixels.insert(out.pixels.end(), changed.pixels.begin(), changed.pixels.end());
  }
  return out;
}

}  // namespace noyau::data
