#include <cmath>

#include "train/schedule/kinds.hpp"

namespace noyau::training {

/// final + (base - final) * (1 - share of the run) ^ power. Power 0.9 is the "poly" rate of Chen et
/// al. 2017, "DeepLab"; power 1 is a straight line.
double polynomial_rate(const Schedule& s, std::int64_t step) {
  return s.final + (s.base - s.final) * std::pow(1 - run_share(s, step), s.power);
}

}  // namespace noyau::training
