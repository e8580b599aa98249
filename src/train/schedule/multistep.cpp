#include <algorithm>
#include <cmath>

#include "train/schedule/kinds.hpp"

namespace noyau::training {

/// base * gamma ^ (milestones that have passed).
double multistep_rate(const Schedule& s, std::int64_t step) {
  const auto passed = std::ranges::upper_bound(s.milestones, step) - s.milestones.begin();
  return s.base * std::pow(s.gamma, double(passed));
}

}  // namespace noyau::training
