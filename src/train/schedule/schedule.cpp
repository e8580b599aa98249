#include "train/schedule/schedule.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "noyau/error.hpp"
#include "train/schedule/kinds.hpp"

namespace noyau::training {
namespace {

struct Row {
  std::string_view name, settings;
  double (*rate)(const Schedule&, std::int64_t);
};

constexpr Row kRows[] = {
#define NOYAU_SCHEDULE(name, settings) {#name, settings, name##_rate},
#include "train/schedule/schedules.def"
#undef NOYAU_SCHEDULE
};

const Row& row(Schedule::Kind kind) { return kRows[std::size_t(kind)]; }

}  // namespace

std::string_view to_string(Schedule::Kind kind) { return row(kind).name; }

std::string_view schedule_settings(Schedule::Kind kind) { return row(kind).settings; }

Schedule::Kind parse_schedule(std::string_view name) {
  std::vector<std::string_view> names;
  for (const Row& known : kRows) {
    if (known.name == name) return Schedule::Kind(names.size());
    names.push_back(known.name);
  }
  throw Error(ErrorCode::invalid_argument, "schedule", fmt::format("'{}'", name),
              fmt::format("one of {}", fmt::join(names, ", ")));
}

double learning_rate(const Schedule& s, std::int64_t step) {
  if (step >= s.warmup_steps) return row(s.kind).rate(s, step);
  if (s.warmup_start == 0) return s.base * double(step + 1) / double(s.warmup_steps);
  const double start = s.warmup_start * s.base;
  return start + (s.base - start) * double(step) / double(s.warmup_steps);
}

double half_cosine(double begin, double end, double t) {
  return end + (begin - end) * 0.5 * (1.0 + std::cos(std::numbers::pi * t));
}

double run_share(const Schedule& s, std::int64_t step) {
  const std::int64_t length = s.total_steps - s.warmup_steps;
  if (length <= 0) return 1;
  return double(std::clamp<std::int64_t>(step - s.warmup_steps, 0, length)) / double(length);
}

}  // namespace noyau::training
