#include "base/random.hpp"

#include <cmath>
#include <numbers>

namespace noyau {

std::uint64_t Random::below(std::uint64_t bound) {
  // Values under 2^64 mod bound would make small results more likely: draw again.
  const std::uint64_t reject = (0 - bound) % bound;
  for (;;) {
    const std::uint64_t draw = next();
    if (draw >= reject) return draw % bound;
  }
}

double Random::normal() {
  const double u = 1.0 - uniform();  // (0, 1]: the logarithm stays finite
  const double v = uniform();
  return std::sqrt(-2.0 * std::log(u)) * std::cos(2.0 * std::numbers::pi * v);
}

}  // namespace noyau
