#pragma once

#include <optional>
#include <vector>

#include "data/augment/kind.hpp"

namespace noyau::data {

/// The steps of a list, ready to run. Throws Error(invalid_argument) as `resolve` does.
std::vector<Step> resolve(const std::vector<Augmentation>& list);

/// The place of the step that takes pictures at their own size; nothing when there is none.
std::optional<std::size_t> taking_step(const std::vector<Step>& steps);

/// From which numbers a step draws.
struct DrawKey {
  std::uint64_t seed = 0;
  std::int64_t epoch = 0;
  std::int64_t index = 0;  ///< of the sample
  bool operator==(const DrawKey&) const = default;
};

/// The part that step number `i` takes of a picture of this size.
Rectangle part_of(const std::vector<Step>& steps, std::size_t i, Size size, const DrawKey& key);

/// A part of the picture, at the size and with the channels and slices of the input.
Image resized(const Image& image, const Rectangle& part, const InputSize& input);

/// The training picture: all steps that change pictures from number `first` on, in order. Step
/// number i draws from (key, i) alone, so that a step added at the end leaves the draws of the
/// others as they were. `image` has been through `fit` unless one of these steps takes a part.
Image augment(Image image, const std::vector<Step>& steps, const InputSize& input,
              const DrawKey& key, std::size_t first = 0);

}  // namespace noyau::data
