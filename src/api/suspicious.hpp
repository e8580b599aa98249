#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "noyau/data.hpp"
#include "noyau/report.hpp"

namespace noyau::api {

/// A sample whose label may be wrong.
struct Suspicion {
  std::size_t row = 0;  ///< among the labels
  std::int32_t given = 0, suggested = 0;
  float probability_given = 0, probability_suggested = 0;
};

/// Labels that do not fit what a head says that has not seen them, the most suspicious first
/// (confident learning, Northcutt et al. 2021, arXiv:1911.00068).
///
/// `scores` are logits [labels.size(), classes], as `training::fit_ridge` leaves them. A label is
/// suspicious where another class is the most likely one and at least as likely as it is, on
/// average, for the samples that carry its label: so a class of which the head is never sure needs
/// less than one of which it always is. The order is that of the distance between the two
/// probabilities. Throws Error(shape_mismatch).
std::vector<Suspicion> suspicious_rows(std::span<const float> scores,
                                       std::span<const std::int32_t> labels, std::int64_t classes);

/// The first `limit` of them with their pictures, for a report. `positions` says where each label
/// stands in data.samples(split). Throws as Dataset::load.
std::vector<SuspiciousLabel> suspicious_labels(std::span<const Suspicion> suspicions,
                                               std::span<const std::int64_t> positions,
                                               const Dataset& data, Split split,
                                               std::size_t limit = 24);

}  // namespace noyau::api
