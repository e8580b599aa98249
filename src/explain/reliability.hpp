#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace noyau::explain {

/// The examples whose confidence (probability of the predicted class) lies in one bin.
struct ReliabilityBin {
  int64_t images = 0;
  int64_t right = 0;
  double confidence = 0;  // sum over the examples
};

/// Bins of equal width, (low, high] as in Guo et al. (2017, arXiv:1706.04599), lowest first.
///
/// `probabilities` is labels.size() x classes, row-major. Empty when a confidence is not finite.
/// Throws shape_mismatch and invalid_argument.
std::vector<ReliabilityBin> reliability_bins(std::span<const float> probabilities,
                                             std::span<const int32_t> labels, int classes,
                                             int bins = 15);

/// The expected calibration error of those bins, see noyau/metrics.hpp.
double calibration_error(std::span<const ReliabilityBin> bins);

}  // namespace noyau::explain
