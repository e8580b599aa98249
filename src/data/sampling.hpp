#pragma once

#include <cstdint>
#include <vector>

#include "noyau/data.hpp"

namespace noyau::data {

/// A picture of an epoch's order: its position, and how often the epoch's rounds through its class
/// had been completed before, which tells repeated pictures apart.
struct Draw {
  std::int64_t position = 0, round = 0;
  bool operator==(const Draw&) const = default;
};

/// The order of an epoch, as many draws as there are samples: a pure function of its arguments.
///
/// Sampling::balanced: each class that occurs gets the same number of draws, give or take one
/// (whose turn it is to get one more is drawn); a class is gone through in a new order once all of
/// its samples were drawn.
std::vector<Draw> order_of_epoch(const std::vector<Sample>& samples, Sampling sampling,
                                 std::uint64_t seed, std::int64_t epoch);

}  // namespace noyau::data
