#include "data/sampling.hpp"

#include <map>
#include <utility>

#include "base/random.hpp"

namespace noyau::data {
namespace {

constexpr std::uint64_t kShuffleStream = 0x73687566;
constexpr std::uint64_t kClassStream = 0x636C6173;

std::vector<Draw> every_sample(std::int64_t count) {
  std::vector<Draw> draws(static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i < count; ++i) draws[std::size_t(i)].position = i;
  return draws;
}

std::vector<std::vector<std::int64_t>> by_class(const std::vector<Sample>& samples) {
  std::map<std::int32_t, std::vector<std::int64_t>> classes;
  for (std::size_t i = 0; i < samples.size(); ++i)
    classes[samples[i].label].push_back(std::int64_t(i));
  std::vector<std::vector<std::int64_t>> lists;
  for (auto& [label, positions] : classes) lists.push_back(std::move(positions));
  return lists;
}

void draw_class(std::vector<std::int64_t> positions, std::int64_t quota, Random& random,
                std::vector<Draw>& draws) {
  const auto size = std::int64_t(positions.size());
  for (std::int64_t i = 0; i < quota; ++i) {
    if (i % size == 0) shuffle(positions, random);
    draws.push_back({positions[std::size_t(i % size)], i / size});
  }
}

std::vector<Draw> equal_shares(const std::vector<Sample>& samples, std::uint64_t seed,
                               std::int64_t epoch) {
  Random random(seed, std::uint64_t(epoch), 0, kClassStream);
  auto lists = by_class(samples);
  shuffle(lists, random);  // the first ones get what is left over
  const auto count = std::int64_t(samples.size()), classes = std::int64_t(lists.size());
  std::vector<Draw> draws;
  draws.reserve(samples.size());
  for (std::int64_t c = 0; c < classes; ++c)
    draw_class(std::move(lists[std::size_t(c)]), count / classes + (c < count % classes), random,
               draws);
  return draws;
}

}  // namespace

std::vector<Draw> order_of_epoch(const std::vector<Sample>& samples, Sampling sampling,
                                 std::uint64_t seed, std::int64_t epoch) {
  std::vector<Draw> draws = sampling == Sampling::balanced ? equal_shares(samples, seed, epoch)
                                                           : every_sample(std::ssize(samples));
  Random random(seed, std::uint64_t(epoch), 0, kShuffleStream);
  shuffle(draws, random);
  return draws;
}

}  // namespace noyau::data
