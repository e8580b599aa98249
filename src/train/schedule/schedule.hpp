#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace noyau::training {

/// How the learning rate moves over a run. Each kind reads its own fields; lengths are in steps
/// (updates).
struct Schedule {
  /// One enumerator for each row of schedules.def; docs/training.md has their formulas.
  enum class Kind : std::uint8_t {
#define NOYAU_SCHEDULE(name, settings) name,
#include "train/schedule/schedules.def"
#undef NOYAU_SCHEDULE
  };
  struct OneCycle {
    double rise = 0.3;       ///< share of the run until the rate is `base`
    double div = 25;         ///< the first rate is base / div
    double final_div = 1e4;  ///< the last rate is base / div / final_div
    bool linear = false;     ///< else half cosines
    bool three_phase = false;
  };
  struct Plateau {
    std::int64_t patience = 5;  ///< epochs without progress that are borne
    std::int64_t cooldown = 0;  ///< epochs after a drop that are not judged
    double threshold = 1e-4;    ///< what counts as progress
    bool absolute = false;      ///< `threshold` is a difference, else a share of the best loss
  };

  Kind kind = Kind::constant;
  double base = 0.1;   ///< the rate after the warm-up; one_cycle: the highest
  double final = 0.0;  ///< cosine, polynomial: the last rate; plateau: the lowest
  double gamma = 0.1;  ///< step, multistep, exponential, plateau: what a drop multiplies with
  std::int64_t step_size = 0;                 ///< step, exponential: at least 1
  std::vector<std::int64_t> milestones = {};  ///< multistep: from the start of the run, rising
  double power = 1;                           ///< polynomial
  std::int64_t cycle_steps = 0;               ///< cosine_restarts: length of the first cycle
  double cycle_growth = 1;                    ///< cosine_restarts: each cycle to the one before it
  OneCycle one_cycle = {};
  Plateau plateau = {};
  std::int64_t warmup_steps = 0;  ///< linear (Goyal et al. 2017), before any kind but one_cycle
  /// The rate of the first step of the warm-up as a share of `base`; 0 is one part in
  /// `warmup_steps`, so that no step is lost.
  double warmup_start = 0;
  std::int64_t total_steps = 0;  ///< cosine, polynomial, one_cycle: the run, warm-up included
};

std::string_view to_string(Schedule::Kind kind);
/// Throws Error(invalid_argument) listing the known names.
Schedule::Kind parse_schedule(std::string_view name);
/// Names of the settings that a kind reads, separated by spaces.
std::string_view schedule_settings(Schedule::Kind kind);

/// Throws Error(invalid_argument) naming the field that is out of range.
void check(const Schedule& schedule);

/// The rate used at `step`, counted from 0 over the whole run; a pure function. Steps beyond
/// `total_steps` keep the last rate. For plateau it is what PlateauState::scale multiplies.
double learning_rate(const Schedule& schedule, std::int64_t step);

/// What momentum (or Adam's beta1) is at `step`; only one_cycle moves it.
std::optional<double> momentum_at(const Schedule& schedule, std::int64_t step);

}  // namespace noyau::training
