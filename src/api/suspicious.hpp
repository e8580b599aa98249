#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "noyau/advise.hpp"
#include "noyau/data.hpp"
#include "noyau/report.hpp"

namespace noyau::api {

/// Labels that do not fit what a head says that has not seen them, the most suspicious first
/// (confident learning, Northcutt et al. 2021, arXiv:1911.00068).
///
/// `scores` are logits [samples.size(), classes], as `training::fit_ridge` leaves them; `samples`
/// says which samples they belong to, and `labels` what these are labelled as. A label is
/// suspicious where another class is the most likely one and at least as likely as it is, on
/// average, for the samples that carry its label: so a class of which the head is never sure needs
/// less than one of which it always is. The order is that of the distance between the two
/// probabilities; `source` stays empty. Throws Error(shape_mismatch).
std::vector<Suspicion> find_suspicious(std::span<const float> scores,
                                       std::span<const std::int64_t> samples,
                                       std::span<const std::int32_t> labels, std::int64_t classes);

/// The same for training pictures, with their sources.
std::vector<Suspicion> find_suspicious(std::span<const float> scores,
                                       std::span<const std::int64_t> samples, const Dataset& data);

/// The first `limit` of them with their pictures, for a report. Throws as Dataset::load.
std::vector<SuspiciousLabel> suspicious_labels(std::span<const Suspicion> suspicions,
                                               const Dataset& data, std::size_t limit = 24);

}  // namespace noyau::api
