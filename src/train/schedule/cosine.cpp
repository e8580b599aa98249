#include "train/schedule/kinds.hpp"

namespace noyau::training {

/// Half a cosine from base down to final. Loshchilov and Hutter 2017, "SGDR: Stochastic Gradient
/// Descent with Warm Restarts", without the restarts.
double cosine_rate(const Schedule& s, std::int64_t step) {
  if (s.total_steps <= s.warmup_steps) return s.base;
  return half_cosine(s.base, s.final, run_share(s, step));
}

}  // namespace noyau::training
