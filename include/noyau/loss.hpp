#pragma once

#include <cstdint>
#include <string>

#include "noyau/nn.hpp"
#include "noyau/task.hpp"

namespace noyau::nn {

/// How a network's errors are weighed in training.
struct LossSettings {
  Task task = Task::classes;
  double label_smoothing = 0;  ///< task classes
  double gamma = 0;            ///< task classes: focal loss, see CrossEntropyOptions
  bool soft_targets = false;   ///< task classes: targets are probabilities, as mixup makes them
  /// With input "class_weight" [C]: weights of the classes, or of the labels where they are there.
  bool class_weight = false;
};

/// The inputs of a graph that its losses read.
struct LossInputs {
  ValueId target = kNoValue, class_weight = kNoValue;
};
/// Adds input "target", [N] of i32 for class ids and else of the outputs' type and shape [N, C],
/// and input "class_weight" [C] when asked for.
LossInputs add_loss_inputs(Builder& b, const Shape& outputs, const LossSettings& settings);

/// The mean loss [1] of outputs [N, C]. Throws Error(invalid_argument) for settings that do not
/// belong to the task.
ValueId training_loss(Builder& b, ValueId outputs, const LossInputs& inputs,
                      const std::string& name, const LossSettings& settings);

}  // namespace noyau::nn
