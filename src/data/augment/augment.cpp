#include "data/augment/augment.hpp"

#include "data/slices.hpp"

#include <algorithm>

namespace noyau::data {
namespace {

// Keeps these draws apart from the shuffle's, which share the seed.
constexpr std::uint64_t kStream = 0x61756720;

}  // namespace

std::vector<Step> resolve(const std::vector<Augmentation>& list) {
  std::vector<Step> steps;
  for (const Augmentation& augmentation : list) steps.push_back(resolve(augmentation));
  return steps;
}

bool resizes(const std::vector<Step>& steps) {
  return std::ranges::any_of(steps, [](const Step& step) { return step.kind->resizes; });
}

Image augment(const Image& image, const std::vector<Step>& steps, const InputSize& input,
              std::uint64_t seed, std::int64_t epoch, std::int64_t index) {
  Image out = image;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (!steps[i].kind->change) continue;
    Random random(seed, std::uint64_t(epoch), std::uint64_t(index), kStream + i);
    const Kind& kind = *steps[i].kind;
    if (out.depth == 1 || kind.volumes) {
      kind.change(out, steps[i].arguments, input, random);
      continue;
    }
    out = each_slice(out, [&](Image slice) {
      Random same = random;  // every slice is changed in the same way
      kind.change(slice, steps[i].arguments, input, same);
      return slice;
    });
  }
  return out;
}

}  // namespace noyau::data
