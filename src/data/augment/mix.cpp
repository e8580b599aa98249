#include "data/augment/mix.hpp"

#include "data/augment/augment.hpp"

#include <algorithm>

namespace noyau::data {
namespace {

// Keeps these draws apart from those of single pictures and of the shuffle.
constexpr std::uint64_t kStream = 0x6D697820;

/// Row i: `share` of its own targets, the rest those of the picture mixed in.
void mix_targets(Batch& batch, double share) {
  const auto targets = batch.targets.as<float>();
  const std::size_t rows = std::size_t(batch.targets.shape()[0]), width = targets.size() / rows;
  const float own = float(share), other = 1.0f - own;
  for (std::size_t i = 0; i < rows / 2; ++i)
    for (std::size_t k = 0; k < width; ++k) {
      float &a = targets[i * width + k], &b = targets[(rows - 1 - i) * width + k];
      const float before = a;
      a = own * a + other * b;
      b = own * b + other * before;
    }
}

}  // namespace

bool mixes(const std::vector<Step>& steps) {
  return std::ranges::any_of(steps, [](const Step& step) { return step.kind->mix != nullptr; });
}

void mix(Batch& batch, const std::vector<Step>& steps, std::uint64_t seed) {
  std::vector<std::size_t> mixing;
  for (std::size_t i = 0; i < steps.size(); ++i)
    if (steps[i].kind->mix) mixing.push_back(i);
  const auto stream = [&](std::size_t number) {
    return Random(seed, std::uint64_t(batch.epoch), std::uint64_t(batch.step), kStream + number);
  };
  Random choice = stream(steps.size());
  const std::size_t position = mixing[choice.below(mixing.size())];
  Random random = stream(position);
  mix_targets(batch, steps[position].kind->mix(batch.images, steps[position].arguments, random));
}

}  // namespace noyau::data

bool noyau::mixes(const std::vector<Augmentation>& steps) {
  return data::mixes(data::resolve(steps));
}
