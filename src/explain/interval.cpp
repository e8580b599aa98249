#include "explain/interval.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>

namespace noyau::explain {
namespace {

// 0.975 quantiles of Student's t for 1, 2, ... degrees of freedom; beyond them, of the normal
// distribution, which is then within two percent.
constexpr std::array kQuantiles = {12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306,
                                   2.262,  2.228, 2.201, 2.179, 2.160, 2.145, 2.131, 2.120,
                                   2.110,  2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064,
                                   2.060,  2.056, 2.052, 2.048, 2.045, 2.042};
constexpr double kNormal = 2.0;
constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

}  // namespace

Interval mean_interval(std::span<const double> values) {
  if (values.empty()) return {kNone, kNone, kNone, kNone};
  const auto count = double(values.size());
  double sum = 0, squares = 0;
  for (const double value : values) sum += value;
  const double mean = sum / count;
  if (values.size() == 1) return {mean, mean, mean, 0};
  for (const double value : values) squares += (value - mean) * (value - mean);
  const double deviation = std::sqrt(squares / (count - 1));
  const std::size_t freedom = values.size() - 1;
  const double t = freedom <= kQuantiles.size() ? kQuantiles[freedom - 1] : kNormal;
  const double half = t * deviation / std::sqrt(count);
  return {mean, mean - half, mean + half, deviation};
}

Interval share_interval(int64_t hits, int64_t count) {
  if (count <= 0) return {kNone, kNone, kNone, kNone};
  constexpr double z = 1.959964;  // 0.975 quantile of the normal distribution
  const auto n = double(count);
  const double share = double(hits) / n;
  const double scale = 1 / (1 + z * z / n), middle = scale * (share + z * z / (2 * n));
  const double half = scale * z * std::sqrt(share * (1 - share) / n + z * z / (4 * n * n));
  return {share, std::max(0.0, middle - half), std::min(1.0, middle + half),
          std::sqrt(share * (1 - share))};
}

}  // namespace noyau::explain
