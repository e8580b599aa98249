#pragma once

#include "noyau/data.hpp"

namespace noyau::data {

/// The picture with 1 or 3 channels: grey is ITU-R 601 luma as Pillow rounds it, RGB of a grey
/// picture repeats it. 0 leaves it as it is.
Image with_channels(Image image, std::int64_t channels);

}  // namespace noyau::data
