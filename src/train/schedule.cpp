#include "train/schedule.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "noyau/error.hpp"

namespace noyau::training {
namespace {

void require(bool holds, const char* field, const std::string& got, const char* expected) {
  if (holds) return;
  throw Error(ErrorCode::invalid_argument, fmt::format("schedule {}", field), got, expected);
}

double cosine(const Schedule& s, std::int64_t step) {
  const std::int64_t length = s.total_steps - s.warmup_steps;
  if (length <= 0) return s.base;
  const double t =
      double(std::clamp<std::int64_t>(step - s.warmup_steps, 0, length)) / double(length);
  return s.final + (s.base - s.final) * 0.5 * (1.0 + std::cos(std::numbers::pi * t));
}

}  // namespace

std::string_view to_string(Schedule::Kind kind) {
  switch (kind) {
    case Schedule::Kind::constant:
      return "constant";
    case Schedule::Kind::step:
      return "step";
    case Schedule::Kind::cosine:
      return "cosine";
  }
  return "constant";
}

Schedule::Kind parse_schedule(std::string_view name) {
  for (const auto kind : {Schedule::Kind::constant, Schedule::Kind::step, Schedule::Kind::cosine}) {
    if (to_string(kind) == name) return kind;
  }
  throw Error(ErrorCode::invalid_argument, "schedule", fmt::format("'{}'", name),
              "constant, step or cosine");
}

void check(const Schedule& s) {
  const auto text = [](auto value) { return fmt::format("{}", value); };
  require(std::isfinite(s.base) && s.base >= 0, "base", text(s.base), "a finite rate, 0 or more");
  require(std::isfinite(s.final) && s.final >= 0, "final", text(s.final),
          "a finite rate, 0 or more");
  require(s.warmup_steps >= 0, "warmup_steps", text(s.warmup_steps), "0 or more");
  require(s.kind != Schedule::Kind::step || s.step_size >= 1, "step_size", text(s.step_size),
          "at least 1");
  require(s.kind != Schedule::Kind::step || (s.gamma > 0 && s.gamma <= 1), "gamma", text(s.gamma),
          "0 < gamma <= 1");
  require(s.kind != Schedule::Kind::cosine || s.total_steps >= 1, "total_steps",
          text(s.total_steps), "at least 1");
}

double learning_rate(const Schedule& s, std::int64_t step) {
  if (step < s.warmup_steps) return s.base * double(step + 1) / double(s.warmup_steps);
  switch (s.kind) {
    case Schedule::Kind::constant:
      return s.base;
    case Schedule::Kind::step:
      return s.base * std::pow(s.gamma, double((step - s.warmup_steps) / s.step_size));
    case Schedule::Kind::cosine:
      return cosine(s, step);
  }
  return s.base;
}

}  // namespace noyau::training
