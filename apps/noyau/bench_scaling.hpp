#pragma once

#include <noyau/bench.hpp>
#include <string>

namespace noyau::cli {

/// Measures and prints a table, or one object with `json`; also writes the file `csv` when given.
int run_scaling(const ScalingOptions& options, bool json, const std::string& csv);

}  // namespace noyau::cli
