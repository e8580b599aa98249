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

/// As above, with a test part that is number `fold` (from 0) of `folds` parts as equal as they
/// come: over all folds every sample is in one of them. `val_fraction` is of the others.
Parts stratified_fold(const std::vector<Sample>& samples, double val_fraction, std::int64_t folds,
                      std::int64_t fold, std::uint64_t seed);

/// At most `count` samples of each class, drawn by (seed, class), in the order of `samples`.
std::vector<Sample> at_most_per_class(const std::vector<Sample>& samples, std::int64_t count,
                                      std::uint64_t seed);

/// The parts that `options` ask for, of the training samples of a dataset that brings its own
/// validation or test part, or none. One that brings a part of its own keeps it, and gives nothing
/// away for the other; only a fold replaces a test part.
Parts split_as_asked(const std::vector<Sample>& samples, const DataOptions& options, bool has_val,
                     bool has_test);

}  // namespace noyau::data
