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

}  // namespace noyau::api
