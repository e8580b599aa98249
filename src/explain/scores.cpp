#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "noyau/error.hpp"
#include "noyau/metrics.hpp"

namespace noyau {
namespace {

void check_rows(const char* where, std::span<const float> rows, std::span<const int32_t> labels,
                int classes) {
  if (classes < 1)
    throw Error(ErrorCode::invalid_argument, where, fmt::format("{} classes", classes),
                "at least 1 class");
  const std::size_t expected = labels.size() * static_cast<std::size_t>(classes);
  if (rows.size() != expected)
    throw Error(ErrorCode::shape_mismatch, where, fmt::format("{} scores", rows.size()),
                fmt::format("{} ({} examples x {} classes)", expected, labels.size(), classes));
  for (std::size_t i = 0; i < labels.size(); ++i)
    if (labels[i] < 0 || labels[i] >= classes)
      throw Error(ErrorCode::invalid_argument, where,
                  fmt::format("label {} of example {}", labels[i], i),
                  fmt::format("0 to {}", classes - 1));
}

// How many classes rank before the label.
int rank_of_label(std::span<const float> row, int32_t label) {
  const float own = row[static_cast<std::size_t>(label)];
  int rank = 0;
  for (std::size_t c = 0; c < row.size(); ++c)
    if (row[c] > own || (row[c] == own && c < static_cast<std::size_t>(label))) ++rank;
  // A NaN compares false with everything; it must not count as a hit.
  return std::isnan(own) ? static_cast<int>(row.size()) : rank;
}

}  // namespace

double top_k_accuracy(std::span<const float> scores, std::span<const int32_t> labels, int classes,
                      int k) {
  check_rows("top-k accuracy", scores, labels, classes);
  if (k < 1)
    throw Error(ErrorCode::invalid_argument, "top-k accuracy", fmt::format("k = {}", k),
                "k of at least 1");
  if (labels.empty()) return kNotMeasured;
  const auto width = static_cast<std::size_t>(classes);
  std::size_t hits = 0;
  for (std::size_t i = 0; i < labels.size(); ++i)
    if (rank_of_label(scores.subspan(i * width, width), labels[i]) < k) ++hits;
  return static_cast<double>(hits) / static_cast<double>(labels.size());
}

double expected_calibration_error(std::span<const float> probabilities,
                                  std::span<const int32_t> labels, int classes, int bins) {
  check_rows("expected calibration error", probabilities, labels, classes);
  if (bins < 1)
    throw Error(ErrorCode::invalid_argument, "expected calibration error",
                fmt::format("{} bins", bins), "at least 1 bin");
  if (labels.empty()) return kNotMeasured;
  // Per bin the sum of (correct - confidence); its size over n is that bin's weighted gap.
  std::vector<double> gaps(static_cast<std::size_t>(bins), 0.0);
  const auto width = static_cast<std::size_t>(classes);
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const auto row = probabilities.subspan(i * width, width);
    const auto best = std::max_element(row.begin(), row.end());
    const double confidence = *best;
    if (!std::isfinite(confidence)) return kNotMeasured;
    const bool correct = best - row.begin() == labels[i];
    // Bins are (low, high], as in the paper.
    const int bin = std::clamp(static_cast<int>(std::ceil(confidence * bins)) - 1, 0, bins - 1);
    gaps[static_cast<std::size_t>(bin)] += (correct ? 1.0 : 0.0) - confidence;
  }
  double sum = 0;
  for (double gap : gaps) sum += std::abs(gap);
  return sum / static_cast<double>(labels.size());
}

}  // namespace noyau
