#pragma once

#include <cstdint>
#include <string_view>

namespace noyau {

/// What the outputs [N, C] of a network mean, and with it what its targets are.
enum class Task : std::uint8_t {
  classes,  ///< one class of C: softmax cross-entropy; targets are class ids
  labels,   ///< any of C labels: sigmoid cross-entropy; targets in [0, 1]
  values    ///< C numbers: mean squared error; targets of any size
};
std::string_view to_string(Task task);
/// Throws Error(invalid_argument) listing the names.
Task parse_task(std::string_view name);

}  // namespace noyau
