#pragma once

#include <cstdint>
#include <span>

namespace noyau::explain {

/// The mean of some measurements and the interval that holds the true mean with 95 % confidence, if
/// they are normally distributed (Student's t). A single measurement has no interval: low and high
/// are its value. NaN without any.
struct Interval {
  double mean = 0, low = 0, high = 0;
  double deviation = 0;  ///< of the sample
};
Interval mean_interval(std::span<const double> values);

/// The share `hits` / `count`, 0..1, and the interval that holds the true share with 95 %
/// confidence (Wilson 1927), also for few examples and for shares of 0 and 1. NaN when nothing was
/// counted.
Interval share_interval(int64_t hits, int64_t count);

}  // namespace noyau::explain
