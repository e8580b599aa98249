#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/random.hpp"
#include "data/rectangle.hpp"
#include "noyau/data.hpp"

namespace noyau::data {

/// All arguments of a step in the order of its kind, defaults filled in.
using Arguments = std::span<const double>;

/// Changes a picture, drawing from `random` alone. `input` is what the network eats.
using ChangePicture = void (*)(Image& image, Arguments arguments, const InputSize& input,
                               Random& random);

/// How a kind that takes a part of a picture of this size, and resizes it to the input, chooses it.
struct TakePart {
  Rectangle (*draw)(Arguments arguments, Size size, Random& random) = nullptr;
  /// No part is lower or narrower than this.
  Size (*least)(Arguments arguments, Size size) = nullptr;
};

/// Mixes each picture i of a batch, f32 [batch, height, width, channels], with picture batch - 1 -
/// i and returns the share of the label that stays its own.
using MixBatch = double (*)(Tensor& images, Arguments arguments, Random& random);

/// One kind of augmentation: what the user reads of it, and what it does to a picture or a batch.
struct Kind {
  AugmentationKind info;
  ChangePicture change = nullptr;
  MixBatch mix = nullptr;  ///< instead of `change`
  TakePart take = {};      ///< instead of `change`: takes pictures at their own size
  bool volumes = false;    ///< `change` takes a volume whole; else each slice in the same way
};

/// Every kind, in the order of augmentations.def.
const std::vector<Kind>& kinds();

/// A step that is ready to run.
struct Step {
  const Kind* kind = nullptr;
  std::vector<double> arguments;
};

/// Throws Error(invalid_argument) naming the step for unknown kinds (with the nearest name), too
/// many arguments and arguments out of their range (with the range).
Step resolve(const Augmentation& augmentation);

inline bool chance(Random& random, double probability) { return random.uniform() < probability; }

/// In [-most, most).
inline double either_way(Random& random, double most) { return random.uniform(-most, most); }

/// A factor within `strength` of 1, not below 0.
inline double around_one(Random& random, double strength) {
  return random.uniform(std::max(0.0, 1 - strength), 1 + strength);
}

namespace augmentations {
#define AUGMENTATION(function) Kind function();
#include "data/augment/augmentations.def"
#undef AUGMENTATION
}  // namespace augmentations

}  // namespace noyau::data
