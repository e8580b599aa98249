#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "noyau/error.hpp"
#include "train/schedule/schedule.hpp"

namespace noyau::training {
namespace {

using Kind = Schedule::Kind;

template <class T>
void require(bool holds, const char* field, T got, const char* expected) {
  if (holds) return;
  throw Error(ErrorCode::invalid_argument, fmt::format("schedule {}", field),
              fmt::format("{}", got), expected);
}

template <class T>
void require_positive(T value, const char* field) {
  require(value > 0 && std::isfinite(double(value)), field, value, "a finite number above 0");
}

void require_rate(double value, const char* field) {
  require(std::isfinite(value) && value >= 0, field, value, "a finite rate, 0 or more");
}

void check_drops(const Schedule& s) {
  const bool in_steps = s.kind == Kind::step || s.kind == Kind::exponential;
  if (in_steps) require(s.step_size >= 1, "step_size", s.step_size, "at least 1");
  if (!in_steps && s.kind != Kind::multistep && s.kind != Kind::plateau) return;
  require(s.gamma > 0 && s.gamma <= 1, "gamma", s.gamma, "0 < gamma <= 1");
  if (s.kind != Kind::multistep) return;
  require(!s.milestones.empty() && s.milestones.front() >= 0, "milestones", s.milestones.size(),
          "one step or more");
  require(std::ranges::is_sorted(s.milestones), "milestones", "another order", "rising steps");
}

void check_one_cycle(const Schedule& s) {
  const Schedule::OneCycle& c = s.one_cycle;
  require(s.warmup_steps == 0, "warmup_steps", s.warmup_steps, "0: one_cycle has its own rise");
  const double most = c.three_phase ? 0.5 : 1;
  require(c.rise > 0 && c.rise <= most, "rise", c.rise, "a share; of three phases at most a half");
  require_positive(c.div, "div");
  require_positive(c.final_div, "final_div");
}

void check_plateau(const Schedule::Plateau& p) {
  require(p.patience >= 0, "patience", p.patience, "0 or more");
  require(p.cooldown >= 0, "cooldown", p.cooldown, "0 or more");
  require(std::isfinite(p.threshold) && p.threshold >= 0, "threshold", p.threshold, "0 or more");
}

}  // namespace

void check(const Schedule& s) {
  require_rate(s.base, "base");
  require_rate(s.final, "final");
  require(s.warmup_steps >= 0, "warmup_steps", s.warmup_steps, "0 or more");
  require(s.warmup_start >= 0 && s.warmup_start <= 1, "warmup_start", s.warmup_start, "0 to 1");
  check_drops(s);
  if (s.kind == Kind::cosine || s.kind == Kind::polynomial || s.kind == Kind::one_cycle) {
    require(s.total_steps >= 1, "total_steps", s.total_steps, "at least 1");
  }
  if (s.kind == Kind::polynomial) require_positive(s.power, "power");
  if (s.kind == Kind::cosine_restarts) {
    require(s.cycle_steps >= 1, "cycle_steps", s.cycle_steps, "at least 1");
    require(s.cycle_growth >= 1 && s.cycle_growth <= 1e6, "cycle_growth", s.cycle_growth,
            "1 to 1e6");
  }
  if (s.kind == Kind::one_cycle) check_one_cycle(s);
  if (s.kind == Kind::plateau) check_plateau(s.plateau);
}

}  // namespace noyau::training
