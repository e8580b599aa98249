#include "data/preprocess.hpp"

#include <algorithm>
#include <cmath>

#include "data/augment/flip.hpp"
#include "data/convert.hpp"
#include "data/resample.hpp"
#include "data/slices.hpp"
#include "noyau/data.hpp"
#include "noyau/error.hpp"

namespace noyau {
namespace {

using data::Size;
using data::Window;

// The smallest resize, aspect kept, that covers `height` x `width`; the longer side rounds down.
Size covering(Size size, std::int64_t height, std::int64_t width) {
  if (width * size.height >= height * size.width) return {width * size.height / size.width, width};
  return {height, height * size.width / size.height};
}

std::int64_t enlarged(std::int64_t extent, double crop_fraction) {
  return std::max(extent, std::int64_t(std::nearbyint(double(extent) / crop_fraction)));
}

// Halves go to the even side, as in Python's round, which torchvision's centre crop uses.
std::int64_t centre_offset(std::int64_t extent, std::int64_t kept) {
  return std::int64_t(std::nearbyint(double(extent - kept) / 2.0));
}

void place(Window& window, TestView::Place place) {
  using Place = TestView::Place;
  const std::int64_t down = window.full_height - window.height;
  const std::int64_t right = window.full_width - window.width;
  const bool bottom = place == Place::bottom_left || place == Place::bottom_right;
  window.top = bottom ? down : 0;
  window.left = place == Place::top_right || place == Place::bottom_right ? right : 0;
  if (place != Place::centre) return;
  window.top = centre_offset(window.full_height, window.height);
  window.left = centre_offset(window.full_width, window.width);
}

void check(const InputSize& input) {
  const bool extents = input.height >= 1 && input.height <= 16384 && input.width >= 1 &&
                       input.width <= 16384 && input.depth >= 1 && input.depth <= 4096 &&
                       (input.channels == 1 || input.channels == 3);
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

data::Size data::fitted_size(Size size, const InputSize& input, const TestView& view) {
  check(input);
  constexpr double kCornerFraction = 0.875;  // less, and the corners would be the centre
  const bool corner = view.place != TestView::Place::centre;
  const double kept = corner ? std::min(input.crop_fraction, kCornerFraction) : input.crop_fraction;
  return covering(size, enlarged(input.height, kept), enlarged(input.width, kept));
}

std::vector<TestView> test_views(std::string_view name) {
  using Place = TestView::Place;
  if (name == "none") return {TestView{}};
  if (name == "flip") return {TestView{}, TestView{Place::centre, true}};
  if (name == "flips")
    return {TestView{}, TestView{Place::centre, true}, TestView{Place::centre, false, true},
            TestView{Place::centre, true, true}};
  if (name != "ten")
    throw Error(ErrorCode::invalid_argument, "tta", "\"" + std::string(name) + "\"",
                "one of none, flip, flips, ten");
  std::vector<TestView> views;
  for (const bool flip : {false, true})
    for (const Place place : {Place::centre, Place::top_left, Place::top_right, Place::bottom_left,
                              Place::bottom_right})
      views.push_back({place, flip});
  return views;
}

Shape input_shape(std::int64_t batch, const InputSize& input) {
  if (input.depth == 1) return {batch, input.height, input.width, input.channels};
  return {batch, input.depth, input.height, input.width, input.channels};
}

Image fit(const Image& image, const InputSize& input) { return fit(image, input, TestView{}); }

Image fit(const Image& image, const InputSize& input, const TestView& view) {
  check(input);
  if (image.height < 1 || image.width < 1)
    throw Error(ErrorCode::invalid_argument, "fit", "an empty picture", "at least 1 x 1 pixel");
  if (image.channels != input.channels)
    return fit(data::with_channels(image, input.channels), input, view);
  if (image.depth > 1 || input.depth > 1) {
    InputSize one = input;
    one.depth = 1;
    return data::each_slice(data::with_depth(image, input.depth),
                            [&](const Image& slice) { return fit(slice, one, view); });
  }
  return data::fit_shrunk(image, {image.height, image.width}, 1, input, view);
}

Image data::fit_shrunk(const Image& image, Size whole, int shrink, const InputSize& input,
                       const TestView& view) {
  const Size full = fitted_size(whole, input, view);
  Window window{.full_height = full.height,
                .full_width = full.width,
                .height = input.height,
                .width = input.width,
                .interpolation = input.interpolation,
                .source_height = double(whole.height) / shrink,
                .source_width = double(whole.width) / shrink};
  place(window, view.place);
  Image out = with_channels(resample(data::view(image), window), input.channels);
  if (view.flip) flip_horizontally(out);
  if (view.vflip) flip_vertically(out);
  return out;
}

}  // namespace noyau
