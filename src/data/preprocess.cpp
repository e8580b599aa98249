#include <algorithm>
#include <cmath>

#include "data/convert.hpp"
#include "data/resample.hpp"
#include "noyau/data.hpp"
#include "noyau/error.hpp"

namespace noyau {
namespace {

using data::Window;

// The smallest resize, aspect kept, that covers `height` x `width`; the longer side rounds down.
Window covering(const Image& image, std::int64_t height, std::int64_t width) {
  Window window;
  if (width * image.height >= height * image.width) {
    window.full_width = width;
    window.full_height = width * image.height / image.width;
  } else {
    window.full_height = height;
    window.full_width = height * image.width / image.height;
  }
  return window;
}

std::int64_t enlarged(std::int64_t extent, double crop_fraction) {
  return std::max(extent, std::int64_t(std::nearbyint(double(extent) / crop_fraction)));
}

// Halves go to the even side, as in Python's round, which torchvision's centre crop uses.
std::int64_t centre_offset(std::int64_t extent, std::int64_t kept) {
  return std::int64_t(std::nearbyint(double(extent - kept) / 2.0));
}

void check(const InputSize& input) {
  const bool extents = input.height >= 1 && input.height <= 16384 && input.width >= 1 &&
                       input.width <= 16384 && (input.channels == 1 || input.channels == 3);
  if (!extents) {
    throw Error(ErrorCode::invalid_argument, "input size",
                std::to_string(input.height) + " x " + std::to_string(input.width) + " x " +
                    std::to_string(input.channels),
                "extents of 1 to 16384 pixels and 1 or 3 channels");
  }
  if (!(input.crop_fraction >= 0.05 && input.crop_fraction <= 1.0)) {
    throw Error(ErrorCode::invalid_argument, "crop_fraction", std::to_string(input.crop_fraction),
                "0.05 to 1");
  }
}

}  // namespace

Image fit(const Image& image, const InputSize& input) {
  check(input);
  if (image.height < 1 || image.width < 1)
    throw Error(ErrorCode::invalid_argument, "fit", "an empty picture", "at least 1 x 1 pixel");
  if (image.channels != input.channels)
    return fit(data::with_channels(image, input.channels), input);
  Window window = covering(image, enlarged(input.height, input.crop_fraction),
                           enlarged(input.width, input.crop_fraction));
  window.height = input.height;
  window.width = input.width;
  window.top = centre_offset(window.full_height, input.height);
  window.left = centre_offset(window.full_width, input.width);
  return data::resample(data::view(image), window);
}

}  // namespace noyau
