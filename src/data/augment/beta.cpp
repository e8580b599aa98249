#include "data/augment/beta.hpp"

#include <cmath>

namespace noyau::data {
namespace {

double log_positive(Random& random) { return std::log(1.0 - random.uniform()); }

/// The logarithm of a draw from Gamma(alpha, 1): Marsaglia and Tsang 2000 for alpha + 1, then a
/// power of a uniform number. The draw itself would be 0 for a small alpha.
double draw_log_gamma(Random& random, double alpha) {
  const double d = alpha + 2.0 / 3.0, c = 1 / std::sqrt(9 * d);
  for (;;) {
    const double x = random.normal(), root = 1 + c * x;
    if (root <= 0) continue;
    const double v = root * root * root;
    if (log_positive(random) < 0.5 * x * x + d - d * v + d * std::log(v))
      return std::log(d * v) + log_positive(random) / alpha;
  }
}

}  // namespace

double draw_beta(Random& random, double alpha) {
  const double one = draw_log_gamma(random, alpha), other = draw_log_gamma(random, alpha);
  return 1 / (1 + std::exp(other - one));
}

}  // namespace noyau::data
