#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "noyau/data.hpp"

namespace noyau::data {

/// What is to be dealt out: things in groups that stay together, and the classes of each.
struct Hand {
  std::vector<std::size_t> group;               ///< of each thing; any numbers below its count
  std::vector<std::vector<std::int32_t>> keys;  ///< classes of each, none or several
};

/// The part of each thing. Largest groups first, in the order of the seed among equals: each goes
/// to the part that lacks most of its classes and of all, and is not overfilled by it; a class
/// keeps something for training. After Sechidis et al. 2011 (iterative stratification), for groups.
std::vector<Split> deal(const Hand& hand, double val, double test, std::uint64_t seed);

}  // namespace noyau::data
