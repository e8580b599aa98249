#include "api/time_budget.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "noyau/error.hpp"

namespace noyau::api {
namespace {

constexpr double kLongest = 365 * 86400.0;

double unit_of(char letter) {
  if (letter == 's') return 1;
  if (letter == 'm') return 60;
  return letter == 'h' ? 3600 : 0;
}

}  // namespace

double parse_duration(std::string_view text) {
  const auto refuse = [whole = text] {
    return Error(ErrorCode::invalid_argument, "--time", fmt::format("\"{}\"", whole),
                 "a time such as 90s, 10m or 1h30m");
  };
  double seconds = 0;
  while (!text.empty()) {
    double number = 0;
    const auto read =
        std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
    const auto length = std::size_t(read.ptr - text.data());
    const double unit = length < text.size() ? unit_of(text[length]) : 0;
    if (read.ec != std::errc() || unit == 0 || !(number >= 0)) throw refuse();
    seconds += number * unit;
    text.remove_prefix(length + 1);
    if (text.empty() && !(seconds > 0 && seconds <= kLongest)) throw refuse();
  }
  return seconds;
}

Fit fit_time(double seconds, const Speed& speed, std::int64_t full_steps) {
  const double epoch = double(full_steps) * speed.step_s + speed.epoch_s;
  Fit fit;
  fit.epochs = std::max<std::int64_t>(1, std::int64_t(std::ceil(seconds / epoch - 0.01)));
  const double steps = (seconds / double(fit.epochs) - speed.epoch_s) / speed.step_s;
  fit.steps = std::clamp<std::int64_t>(std::int64_t(steps), 1, full_steps);
  // One whole epoch less may train more, where what comes at the end of each takes long.
  const std::int64_t fewer = fit.epochs - 1;
  return fewer * full_steps > fit.epochs * fit.steps ? Fit{fewer, full_steps} : fit;
}

Rest fit_rest(double seconds, const Speed& speed, std::int64_t done, std::int64_t full_steps) {
  const double training = seconds - speed.epoch_s;
  const double fitting = double(done) + training / speed.step_s;
  Rest rest;
  rest.steps = std::int64_t(std::clamp(fitting, double(done + 1), double(full_steps)));
  const double over = training - double(full_steps - done) * speed.step_s;
  if (over > 2 * speed.epoch_s) rest.after = fit_time(over, speed, full_steps);
  return rest;
}

}  // namespace noyau::api
