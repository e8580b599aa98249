#pragma once

#include <vector>

#include "noyau/data.hpp"

namespace noyau::data {

struct Parts {
  std::vector<Sample> train, val, test;
};

/// Throws Error(invalid_argument) unless both fractions are at least 0 and together under 1.
void check_fractions(double val_fraction, double test_fraction);

/// Deals the samples of each class out by a shuffle of (seed, class), each part keeping the order
/// of `samples`. A part with a fraction above 0 gets at least one sample of a class that has 3.
Parts stratified_split(const std::vector<Sample>& samples, double val_fraction,
                       double test_fraction, std::uint64_t seed);

}  // namespace noyau::data
