#include "data/augment/augment.hpp"

#include <algorithm>

#include "data/convert.hpp"
#include "data/resample.hpp"
#include "data/slices.hpp"

namespace noyau::data {
namespace {

// Keeps these draws apart from the shuffle's, which share the seed.
constexpr std::uint64_t kStream = 0x61756720;

Random random_of(const DrawKey& key, std::size_t step) {
  return Random(key.seed, std::uint64_t(key.epoch), std::uint64_t(key.index), kStream + step);
}

Image resized_slice(const Image& image, const Rectangle& r, const InputSize& input) {
  return with_channels(resample(crop(image, r.top, r.left, r.height, r.width),
                                {.full_height = input.height,
                                 .full_width = input.width,
                                 .height = input.height,
                                 .width = input.width,
                                 .interpolation = input.interpolation}),
                       input.channels);
}

Image change(Image image, const Step& step, const InputSize& input, Random& random) {
  if (!step.kind->take.draw) {
    step.kind->change(image, step.arguments, input, random);
    return image;
  }
  const Size size{image.height, image.width};
  return resized_slice(image, step.kind->take.draw(step.arguments, size, random), input);
}

}  // namespace

std::vector<Step> resolve(const std::vector<Augmentation>& list) {
  std::vector<Step> steps;
  for (const Augmentation& augmentation : list) steps.push_back(resolve(augmentation));
  return steps;
}

std::optional<std::size_t> taking_step(const std::vector<Step>& steps) {
  for (std::size_t i = 0; i < steps.size(); ++i)
    if (steps[i].kind->take.draw) return i;
  return std::nullopt;
}

Rectangle part_of(const std::vector<Step>& steps, std::size_t i, Size size, const DrawKey& key) {
  Random random = random_of(key, i);
  return steps[i].kind->take.draw(steps[i].arguments, size, random);
}

Image resized(const Image& image, const Rectangle& part, const InputSize& input) {
  if (image.depth == 1 && input.depth == 1) return resized_slice(image, part, input);
  return each_slice(with_depth(image, input.depth),
                    [&](const Image& slice) { return resized_slice(slice, part, input); });
}

Image augment(Image image, const std::vector<Step>& steps, const InputSize& input,
              const DrawKey& key, std::size_t first) {
  for (std::size_t i = first; i < steps.size(); ++i) {
    const Kind& kind = *steps[i].kind;
    if (!kind.change && !kind.take.draw) continue;
    Random random = random_of(key, i);
    if (image.depth == 1 || kind.volumes) {
      image = change(std::move(image), steps[i], input, random);
      continue;
    }
    image = each_slice(image, [&](Image slice) {
      Random same = random;  // every slice is changed in the same way
      return change(std::move(slice), steps[i], input, same);
    });
  }
  return image;
}

}  // namespace noyau::data
