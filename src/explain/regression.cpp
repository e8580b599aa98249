#include <fmt/format.h>

#include <cmath>

#include "noyau/error.hpp"
#include "noyau/metrics.hpp"

namespace noyau {
namespace {

void check(const char* where, std::span<const float> predictions, std::span<const float> targets) {
  if (predictions.size() != targets.size())
    throw Error(ErrorCode::shape_mismatch, where, fmt::format("{} predictions", predictions.size()),
                fmt::format("{}, one per target", targets.size()));
}

double squared(double v) { return v * v; }

}  // namespace

double mean_absolute_error(std::span<const float> predictions, std::span<const float> targets) {
  check("mean absolute error", predictions, targets);
  if (targets.empty()) return kNotMeasured;
  double sum = 0;
  for (std::size_t i = 0; i < targets.size(); ++i)
    sum += std::abs(double(predictions[i]) - double(targets[i]));
  return sum / double(targets.size());
}

double r2_score(std::span<const float> predictions, std::span<const float> targets) {
  check("R2", predictions, targets);
  double mean = 0;
  for (const float target : targets) mean += double(target);
  mean /= double(targets.size());
  double error = 0, spread = 0;
  for (std::size_t i = 0; i < targets.size(); ++i) {
    error += squared(double(predictions[i]) - double(targets[i]));
    spread += squared(double(targets[i]) - mean);
  }
  return spread > 0 ? 1 - error / spread : kNotMeasured;
}

}  // namespace noyau
