#pragma once

#include "data/rectangle.hpp"
#include "noyau/data.hpp"

namespace noyau::data {

/// What `fit` resizes a picture of this size to, before it takes a part of it. Throws as
/// `fit` does.
Size fitted_size(Size size, const InputSize& input, const TestView& view);

/// `fit` of a picture of size `whole` that was decoded at 1/`shrink`.
Image fit_shrunk(const Image& image, Size whole, int shrink, const InputSize& input,
                 const TestView& view);

}  // namespace noyau::data
