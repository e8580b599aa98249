#include <fmt/format.h>

#include <cmath>

#include "explain/check_rows.hpp"
#include "noyau/error.hpp"
#include "noyau/metrics.hpp"

namespace noyau {
namespace explain {

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

}  // namespace explain

namespace {

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

bool tells_top5(std::int64_t classes) { return classes > 5; }

double top_k_accuracy(std::span<const float> scores, std::span<const int32_t> labels, int classes,
                      int k) {
  explain::check_rows("top-k accuracy", scores, labels, classes);
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

}  // namespace noyau
