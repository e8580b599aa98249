#include "explain/reliability.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "explain/check_rows.hpp"
#include "noyau/error.hpp"
#include "noyau/metrics.hpp"

namespace noyau {
namespace explain {

std::vector<ReliabilityBin> reliability_bins(std::span<const float> probabilities,
                                             std::span<const int32_t> labels, int classes,
                                             int bins) {
  check_rows("expected calibration error", probabilities, labels, classes);
  if (bins < 1)
    throw Error(ErrorCode::invalid_argument, "expected calibration error",
                fmt::format("{} bins", bins), "at least 1 bin");
  std::vector<ReliabilityBin> out(static_cast<std::size_t>(bins));
  const auto width = static_cast<std::size_t>(classes);
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const auto row = probabilities.subspan(i * width, width);
    const auto best = std::max_element(row.begin(), row.end());
    const double confidence = *best;
    if (!std::isfinite(confidence)) return {};
    const int at = std::clamp(static_cast<int>(std::ceil(confidence * bins)) - 1, 0, bins - 1);
    ReliabilityBin& bin = out[static_cast<std::size_t>(at)];
    ++bin.images;
    bin.right += best - row.begin() == labels[i];
    bin.confidence += confidence;
  }
  return out;
}

double calibration_error(std::span<const ReliabilityBin> bins) {
  double gaps = 0;
  int64_t images = 0;
  for (const ReliabilityBin& bin : bins) {
    gaps += std::abs(static_cast<double>(bin.right) - bin.confidence);
    images += bin.images;
  }
  return images > 0 ? gaps / static_cast<double>(images) : kNotMeasured;
}

}  // namespace explain

double expected_calibration_error(std::span<const float> probabilities,
                                  std::span<const int32_t> labels, int classes, int bins) {
  return explain::calibration_error(
      explain::reliability_bins(probabilities, labels, classes, bins));
}

}  // namespace noyau
