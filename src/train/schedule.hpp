#pragma once

#include <cstdint>
#include <string_view>

namespace noyau::training {

/// How the learning rate moves over a run. All lengths are in steps (updates).
struct Schedule {
  enum class Kind : std::uint8_t {
    constant,
    step,   ///< multiplied by `gamma` after every `step_size` steps
    cosine  ///< half a cosine from `base` down to `final` (Loshchilov and Hutter 2017)
  };
  Kind kind = Kind::constant;
  double base = 0.1;              ///< the rate after the warm-up
  double final = 0.0;             ///< cosine: the rate at `total_steps`
  double gamma = 0.1;             ///< step
  std::int64_t step_size = 0;     ///< step: at least 1
  std::int64_t warmup_steps = 0;  ///< linear: base * 1/n, 2/n ... (Goyal et al. 2017)
  std::int64_t total_steps = 0;   ///< cosine: length of the run, warm-up included
};

std::string_view to_string(Schedule::Kind kind);
/// Throws Error(invalid_argument) listing the known names.
Schedule::Kind parse_schedule(std::string_view name);

/// Throws Error(invalid_argument) naming the field that is out of range.
void check(const Schedule& schedule);

/// The rate used at `step`, counted from 0 over the whole run; a pure function. Steps beyond
/// `total_steps` keep the last rate.
double learning_rate(const Schedule& schedule, std::int64_t step);

}  // namespace noyau::training
