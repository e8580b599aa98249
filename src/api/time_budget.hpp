#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace noyau::api {

/// "90s", "10m", "1h30m" in seconds; 0 for an empty text. Throws Error(invalid_argument) naming
/// `--time`.
double parse_duration(std::string_view text);

/// How fast a run goes.
struct Speed {
  double step_s = 0;   ///< of an update
  double epoch_s = 0;  ///< of what comes at the end of each epoch, the evaluation above all
};

/// How much is trained in the time that is left.
struct Fit {
  std::int64_t epochs = 0;
  std::int64_t steps = 0;  ///< of each epoch, at most all of them
};
/// As many steps as fit into `seconds`, in epochs of at most `full_steps`, and at least one of one
/// step. What is left over is less than the end of an epoch takes.
Fit fit_time(double seconds, const Speed& speed, std::int64_t full_steps);

/// What is trained from the middle of the last epoch on.
struct Rest {
  std::int64_t steps = 0;  ///< of the epoch at hand, with those that are done
  Fit after;               ///< epochs that follow, most often none
};
/// As many steps as fit into `seconds` where `done` of the last epoch, fewer than `full_steps`, are
/// done: at least one more. Epochs follow where more time is left than the end of one takes twice.
Rest fit_rest(double seconds, const Speed& speed, std::int64_t done, std::int64_t full_steps);

}  // namespace noyau::api
