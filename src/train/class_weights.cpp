#include "train/class_weights.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace noyau::training {
namespace {

double classes_that_occur(std::span<const std::int64_t> counts) {
  return double(std::ranges::count_if(counts, [](std::int64_t n) { return n > 0; }));
}

}  // namespace

std::vector<float> balanced_class_weights(std::span<const std::int64_t> counts) {
  const double samples = std::accumulate(counts.begin(), counts.end(), 0.0);
  std::vector<float> weights;
  for (const std::int64_t n : counts)
    weights.push_back(n > 0 ? float(samples / (classes_that_occur(counts) * double(n))) : 0.0f);
  return weights;
}

std::vector<float> effective_class_weights(std::span<const std::int64_t> counts, double beta) {
  std::vector<double> shares;
  // -expm1 keeps the digits that 1 - beta^n loses for few samples.
  for (const std::int64_t n : counts)
    shares.push_back(n > 0 ? (1 - beta) / -std::expm1(double(n) * std::log(beta)) : 0);
  const double scale =
      classes_that_occur(counts) / std::accumulate(shares.begin(), shares.end(), 0.0);
  std::vector<float> weights;
  for (const double share : shares) weights.push_back(float(share * scale));
  return weights;
}

std::vector<float> balanced_label_weights(std::span<const std::int64_t> counts,
                                          std::int64_t samples) {
  std::vector<float> weights;
  for (const std::int64_t n : counts)
    weights.push_back(n > 0 && n < samples ? float(double(samples - n) / double(n)) : 1.0f);
  return weights;
}

}  // namespace noyau::training
