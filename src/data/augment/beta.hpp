#pragma once

#include "base/random.hpp"

namespace noyau::data {

/// A draw from Beta(alpha, alpha), in [0, 1]; alpha > 0.
double draw_beta(Random& random, double alpha);

}  // namespace noyau::data
