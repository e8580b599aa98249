#pragma once

#include "base/random.hpp"

namespace noyau {

/// A standard normal number by the ziggurat method (Marsaglia and Tsang 2000, as laid out by
/// Doornik 2005): nearly always one draw and one product, so that it suits many numbers. Takes as
/// many draws from `random` as it needs.
double fast_normal(Random& random);

}  // namespace noyau
