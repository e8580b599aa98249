#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "noyau/check.hpp"
#include "noyau/data.hpp"

namespace noyau {

struct SplitOptions {
  double val = 0.15, test = 0.15;  ///< shares of the pictures; the rest is for training
  bool stratify = true;            ///< every class (or label) in proportion
  /// What else stays on one side. Empty = nothing; a regular expression (ECMAScript): pictures
  /// whose names give the same first group, or the same match where it has no group; "exif-time" or
  /// "exif-time=MINUTES": pictures of a class in a row with less than that (2) between two.
  std::string group = {};
  std::uint64_t seed = 0;
  int near = 8;     ///< as in CheckOptions; duplicates stay on one side
  int threads = 0;  ///< 0 = all processors
};

/// Which picture of a dataset is in which part; plain data.
struct SplitPlan {
  std::string data, fingerprint;
  SplitOptions options;
  std::array<std::vector<std::string>, 3> names;    ///< by Split; see `Dataset::name`
  std::vector<std::string> classes;                 ///< or labels; empty for values
  std::vector<std::array<std::int64_t, 3>> counts;  ///< pictures by class and Split
  std::int64_t duplicates = 0;                      ///< groups of duplicates that stay on one side
  std::int64_t groups = 0;     ///< of two pictures or more, duplicates among them
  std::int64_t largest = 0;    ///< pictures of the largest group
  std::int64_t ungrouped = 0;  ///< pictures that `options.group` says nothing about
};

/// Deals out all pictures of the dataset, whatever part they are in: largest groups first, each to
/// the part that lacks most of its classes. Every class keeps a picture for training. The same
/// seed gives the same parts. Throws Error(invalid_argument) for options out of range.
SplitPlan make_split(const Dataset& data, const SplitOptions& options = {},
                     const CheckProgress& progress = {});

/// Writes the lists as JSON, for `DataOptions::split`. Throws Error(io) naming the path,
/// Error(invalid_argument) inside the folder of the data, and Error(unsupported) for a name that is
/// not UTF-8.
void write_split(const std::string& path, const SplitPlan& plan);

}  // namespace noyau
