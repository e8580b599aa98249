#include "nn/append.hpp"
#include "noyau/loss.hpp"

namespace noyau::nn {
namespace {

void check(const std::string& name, const LossSettings& s) {
  if (s.task != Task::classes && (s.label_smoothing != 0 || s.gamma != 0 || s.soft_targets))
    refuse("loss", name, "label_smoothing, gamma or soft_targets", "task classes");
  if (s.task == Task::values && s.class_weight)
    refuse("loss", name, "class_weight of task values", "task classes or labels");
}

}  // namespace

LossInputs add_loss_inputs(Builder& b, const Shape& outputs, const LossSettings& s) {
  LossInputs inputs;
  const bool ids = s.task == Task::classes && !s.soft_targets;
  inputs.target = b.graph.add_input(
      "target", ids ? ValueType{DType::i32, Shape{outputs[0]}} : ValueType{b.dtype, outputs});
  if (s.class_weight)
    inputs.class_weight = b.graph.add_input("class_weight", {b.dtype, Shape{outputs[1]}});
  return inputs;
}

ValueId training_loss(Builder& b, ValueId outputs, const LossInputs& inputs,
                      const std::string& name, const LossSettings& s) {
  check(name, s);
  switch (s.task) {
    case Task::labels:
      return sigmoid_cross_entropy(b, outputs, inputs.target, name,
                                   {.positive_weight = inputs.class_weight});
    case Task::values:
      return mse_loss(b, outputs, inputs.target, name);
    case Task::classes:
      break;
  }
  return softmax_cross_entropy(b, outputs, inputs.target, name,
                               {.label_smoothing = s.label_smoothing,
                                .class_weight = inputs.class_weight,
                                .gamma = s.gamma});
}

}  // namespace noyau::nn
