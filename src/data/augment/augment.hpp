#pragma once

#include <vector>

#include "data/augment/kind.hpp"

namespace noyau::data {

/// The steps of a list, ready to run. Throws Error(invalid_argument) as `resolve` does.
std::vector<Step> resolve(const std::vector<Augmentation>& list);

/// True when one of the steps takes pictures at their own size.
bool resizes(const std::vector<Step>& steps);

/// The training picture: all steps that change pictures, in order. Step number i draws from (seed,
/// epoch, index, i) alone, so that a step added at the end leaves the draws of the others as they
/// were. `image` has been through `fit` unless the steps resize.
Image augment(const Image& image, const std::vector<Step>& steps, const InputSize& input,
              std::uint64_t seed, std::int64_t epoch, std::int64_t index);

}  // namespace noyau::data
