#include <cmath>

#include "train/schedule/kinds.hpp"

namespace noyau::training {

/// base * gamma ^ (whole step sizes since the warm-up).
double step_rate(const Schedule& s, std::int64_t step) {
  return s.base * std::pow(s.gamma, double((step - s.warmup_steps) / s.step_size));
}

}  // namespace noyau::training
