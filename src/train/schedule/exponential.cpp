#include <cmath>

#include "train/schedule/kinds.hpp"

namespace noyau::training {

/// base * gamma ^ (steps since the warm-up / step size): the step schedule without its corners.
double exponential_rate(const Schedule& s, std::int64_t step) {
  return s.base * std::pow(s.gamma, double(step - s.warmup_steps) / double(s.step_size));
}

}  // namespace noyau::training
