#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace noyau::training {

/// The factor in 1..1000 with which softmax(factor * scores) makes the labels most likely
/// (temperature scaling, Guo et al. 2017, arXiv:1706.04599). `scores` is [labels.size(), classes],
/// row-major; each sample counts by the weight of its class. So that it stays finite where all are
/// right, a share 1 / (samples + 2) of each target goes to all classes alike (as Platt 1999).
double fitted_scale(std::span<const float> scores, std::span<const std::int32_t> labels,
                    std::span<const float> class_weight);

/// softmax(scores) of each row at its own label.
std::vector<float> own_probabilities(std::span<const float> scores,
                                     std::span<const std::int32_t> labels);

/// Shares 0..1 of the rows whose label has the largest score (of equal ones the first counts).
struct Accuracies {
  double all = 0;
  double balanced = 0;  ///< mean over the classes that occur
};
Accuracies accuracies(std::span<const float> scores, std::span<const std::int32_t> labels);

}  // namespace noyau::training
