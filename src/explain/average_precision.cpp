#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "noyau/error.hpp"
#include "noyau/metrics.hpp"

namespace noyau {
namespace {

constexpr const char* kWhere = "average precision";

void check(std::span<const float> scores, std::span<const uint8_t> truth) {
  if (scores.size() != truth.size())
    throw Error(ErrorCode::shape_mismatch, kWhere, fmt::format("{} truths", truth.size()),
                fmt::format("{}, one per score", scores.size()));
  for (std::size_t i = 0; i < scores.size(); ++i)
    if (std::isnan(scores[i]) || truth[i] > 1)
      throw Error(ErrorCode::invalid_argument, kWhere,
                  fmt::format("score {} with truth {}", scores[i], truth[i]),
                  "a number, and 0 or 1");
}

}  // namespace

double average_precision(std::span<const float> scores, std::span<const uint8_t> truth) {
  check(scores, truth);
  std::vector<std::size_t> order(scores.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, std::greater(), [&](std::size_t i) { return scores[i]; });
  const double positives = std::accumulate(truth.begin(), truth.end(), 0.0);
  if (positives == 0) return kNotMeasured;
  double area = 0, hits = 0, hits_before = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    hits += truth[order[i]];
    const bool tied = i + 1 < order.size() && scores[order[i]] == scores[order[i + 1]];
    if (tied) continue;
    area += (hits - hits_before) / positives * hits / static_cast<double>(i + 1);
    hits_before = hits;
  }
  return area;
}

double mean_average_precision(std::span<const float> scores, std::span<const uint8_t> truth,
                              int labels) {
  if (labels < 1 || scores.size() % static_cast<std::size_t>(labels) != 0)
    throw Error(ErrorCode::shape_mismatch, kWhere,
                fmt::format("{} scores of {} labels", scores.size(), labels),
                "the same number for each example");
  check(scores, truth);
  const std::size_t width = static_cast<std::size_t>(labels), rows = scores.size() / width;
  std::vector<float> column(rows);
  std::vector<uint8_t> there(rows);
  double sum = 0;
  int measured = 0;
  for (std::size_t label = 0; label < width; ++label) {
    for (std::size_t row = 0; row < rows; ++row) {
      column[row] = scores[row * width + label];
      there[row] = truth[row * width + label];
    }
    const double area = average_precision(column, there);
    if (std::isnan(area)) continue;
    sum += area;
    ++measured;
  }
  return measured == 0 ? kNotMeasured : sum / measured;
}

}  // namespace noyau
