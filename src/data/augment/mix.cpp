#include "data/augment/mix.hpp"

#include "data/augment/augment.hpp"

#include <algorithm>

namespace noyau::data {
namespace {

// Keeps these draws apart from those of single pictures and of the shuffle.
constexpr std::uint64_t kStream = 0x6D697820;

/// Row i: `share` of its own class, the rest of the class of the picture mixed in.
void write_targets(Batch& batch, double share) {
  const auto labels = batch.labels.as<std::int32_t>();
  const auto targets = batch.targets.as<float>();
  const std::size_t classes = std::size_t(batch.targets.shape()[1]);
  std::ranges::fill(targets, 0.0f);
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const auto row = targets.subspan(i * classes, classes);
    row[std::size_t(labels[i])] += float(share);
    row[std::size_t(labels[labels.size() - 1 - i])] += 1.0f - float(share);
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
  write_targets(batch, steps[position].kind->mix(batch.images, steps[position].arguments, random));
}

}  // namespace noyau::data

bool noyau::mixes(const std::vector<Augmentation>& steps) {
  return data::mixes(data::resolve(steps));
}
