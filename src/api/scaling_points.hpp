#pragma once

#include <string>
#include <vector>

#include "noyau/bench.hpp"

namespace noyau::api {

/// The points that are to be measured, in order, with axis, model, value, batch, size and gflop.
/// Throws as `bench_scaling`.
std::vector<ScalingPoint> scaling_points(const ScalingOptions& options);

/// Fills the relative figures of the last point, from the first of its axis.
void relate_last(std::vector<ScalingPoint>& points);

/// Seconds that the points from `done` on take, if they do work as fast as those before did in
/// `elapsed` seconds.
double seconds_left(const std::vector<ScalingPoint>& points, std::size_t done, double elapsed);

/// The points as lines of comma-separated values, names first.
std::string scaling_csv(const std::vector<ScalingPoint>& points);

}  // namespace noyau::api
