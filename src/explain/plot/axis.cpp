#include "explain/plot/axis.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace noyau::explain {
namespace {

double round_step(double range, int wanted_ticks) {
  const double raw = range / std::max(1, wanted_ticks - 1);
  const double power = std::pow(10.0, std::floor(std::log10(raw)));
  for (double factor : {1.0, 2.0, 5.0})
    if (raw <= factor * power * 1.0001) return factor * power;
  return 10 * power;
}

}  // namespace

Axis value_axis(double low, double high, int wanted_ticks) {
  if (low > 0 && low < 0.5 * high) low = 0;
  if (low == high) {
    low = std::min(0.0, low);
    high = high > 0 ? high : low + 1;
  }
  Axis axis;
  axis.step = round_step(high - low, wanted_ticks);
  // Ticks are products of whole numbers, so that no rounding error adds up.
  const double first = std::floor(low / axis.step + 1e-9);
  const double last = std::ceil(high / axis.step - 1e-9);
  for (double i = first; i <= last; ++i) axis.ticks.push_back(i * axis.step);
  axis.low = first * axis.step;
  axis.high = last * axis.step;
  return axis;
}

Axis epoch_axis(int first, int last, int wanted_ticks) {
  if (first >= last) return {first - 1.0, first + 1.0, 1.0, {double(first)}};
  Axis axis{double(first), double(last), 1.0, {}};
  axis.step = std::max(1.0, round_step(axis.high - axis.low, wanted_ticks));
  for (double i = std::ceil(axis.low / axis.step); i * axis.step <= axis.high; ++i)
    axis.ticks.push_back(i * axis.step);
  if (axis.ticks.empty() || axis.ticks.front() - axis.low >= 0.5 * axis.step)
    axis.ticks.insert(axis.ticks.begin(), axis.low);
  return axis;
}

std::string tick_label(double value, double step) {
  if (std::abs(value) < 1e-9 * step) return "0";
  const int decimals = std::max(0, static_cast<int>(std::ceil(-std::log10(step) - 1e-9)));
  if (decimals <= 4 && std::abs(value) < 1e6) return fmt::format("{:.{}f}", value, decimals);
  std::string text = fmt::format("{:.1e}", value);
  const std::size_t zero = text.find(".0e");
  return zero == std::string::npos ? text : text.erase(zero, 2);
}

}  // namespace noyau::explain
