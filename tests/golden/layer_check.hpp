#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "golden/worst.hpp"

/// Single operations against the numbers of another framework: one file of golden/layers.
namespace noyau::golden {

struct LayerReport {
  std::string op;
  std::int64_t cases = 0;
  Worst f32, f64;  ///< the largest errors, relative to the largest number of a tensor
  std::vector<std::string> wrong;  ///< what exceeds its limit

  bool good() const;
};

/// Runs every case forward and backward, on the fast kernels in f32 (allowed: 1e-5) and on the
/// reference kernels in f64 (1e-9), and compares output, gradients and states.
LayerReport check_layers(const nlohmann::json& golden);

/// One line of a table, and its header.
std::string layer_header();
std::string row(const LayerReport& report);

}  // namespace noyau::golden
