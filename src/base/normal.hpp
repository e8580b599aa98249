#pragma once

#include <span>

#include "base/random.hpp"

namespace noyau {

/// A standard normal number by the ziggurat method (Marsaglia and Tsang 2000, as laid out by
/// Doornik 2005): nearly always one draw and one product, so that it suits many numbers. Takes as
/// many draws from `random` as it needs.
double fast_normal(Random& random);

/// The next numbers of `fast_normal`, times `scale` and rounded to float.
template <class T>
void fill_normal(Random random, double scale, std::span<T> to);

}  // namespace noyau
