#include "train/ema.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "noyau/error.hpp"

namespace noyau::training {
namespace {

constexpr std::int64_t kChunk = 65536;

void average_chunk(std::span<float> average, std::span<const float> weight, float share) {
  for (std::size_t i = 0; i < average.size(); ++i) average[i] += share * (weight[i] - average[i]);
}

}  // namespace

Ema::Ema(const runtime::Weights& weights, double decay) : decay_(decay) {
  if (!(decay > 0 && decay < 1))
    throw Error(ErrorCode::invalid_argument, "ema", fmt::format("{}", decay),
                "a decay above 0 and below 1");
  for (const std::string& name : weights.names()) averages_.emplace(name, weights.at(name));
}

void Ema::update(const runtime::Weights& weights, std::int64_t step, ThreadPool& pool) {
  const double decay = std::min(decay_, double(1 + step) / double(10 + step));
  const auto share = float(1 - decay);
  for (auto& [name, tensor] : averages_) {
    const std::span<float> average = tensor.as<float>();
    const std::span<const float> weight = weights.at(name).as<float>();
    const auto count = std::int64_t(average.size());
    pool.run((count + kChunk - 1) / kChunk, [&](std::int64_t i, int) {
      const auto first = std::size_t(i * kChunk);
      const std::size_t size = std::min(average.size() - first, std::size_t(kChunk));
      average_chunk(average.subspan(first, size), weight.subspan(first, size), share);
    });
  }
}

void Ema::swap(runtime::Weights& weights) {
  for (auto& [name, tensor] : averages_)
    std::ranges::swap_ranges(tensor.as<float>(), weights.at(name).as<float>());
}

}  // namespace noyau::training
