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

/// The score that epochs, runs and trials are compared by: the accuracy of classes, the mean
/// average precision of labels, the mean R2 of values. It is shown as `factor` times the number.
struct ScoreScale {
  std::string_view name, unit;
  double factor;
  int digits;  ///< behind the point
};
ScoreScale score_scale(Task task);

}  // namespace noyau
