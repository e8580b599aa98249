#include "train/schedule/cycle.hpp"

#include <cmath>

#include "train/schedule/kinds.hpp"

namespace noyau::training {

Cycle cycle_at(const Schedule& s, std::int64_t step) {
  const auto after = double(step - s.warmup_steps);
  Cycle cycle{.length = double(s.cycle_steps)};
  // Cycles that grow are few; equal ones are counted at once.
  if (s.cycle_growth == 1) {
    cycle.index = std::int64_t(std::floor(after / cycle.length));
    cycle.begin = double(cycle.index) * cycle.length;
  }
  while (after >= cycle.begin + cycle.length) {
    ++cycle.index;
    cycle.begin += cycle.length;
    cycle.length *= s.cycle_growth;
  }
  cycle.begin += double(s.warmup_steps);
  return cycle;
}

double cosine_restarts_rate(const Schedule& s, std::int64_t step) {
  const Cycle cycle = cycle_at(s, step);
  return half_cosine(s.base, s.final, (double(step) - cycle.begin) / cycle.length);
}

}  // namespace noyau::training
