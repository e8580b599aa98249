#include "train/optimizer/optimizer.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace noyau::training {
namespace {

const Rule& rule_of(OptimizerKind kind) {
  switch (kind) {
#define NOYAU_OPTIMIZER(name, ...) \
  case OptimizerKind::name:        \
    return name##_rule();
#include "train/optimizer/optimizers.def"
#undef NOYAU_OPTIMIZER
  }
  return sgd_rule();
}

const OptimizerOptions& checked(const OptimizerOptions& options) {
  check(options);
  return options;
}

Tensor filled(const ValueType& type, double value) {
  Tensor tensor(type.shape, type.dtype);
  if (type.dtype == DType::f64)
    std::ranges::fill(tensor.as<double>(), value);
  else
    std::ranges::fill(tensor.as<float>(), float(value));
  return tensor;
}

}  // namespace

Optimizer::Optimizer(const Graph& graph, const OptimizerOptions& options)
    : options_(checked(options)), rule_(rule_of(options.kind)) {
  std::int64_t largest = 0;
  for (const Value& value : graph.values()) {
    if (value.kind != ValueKind::parameter) continue;
    add_buffers(value);
    largest = std::max(largest, value.type.shape.elements());
  }
  scratch_.sums.resize(norm_chunks(largest));
  // Wide enough for either type of weight.
  if (rule_.needs_direction) scratch_.direction = Tensor(Shape{largest}, DType::f64);
}

void Optimizer::add_buffers(const Value& parameter) {
  Slots& slots = slots_[parameter.name];
  slots.fill(nullptr);
  std::size_t i = 0;
  for (const SlotInfo& slot : rule_.slots(options_)) {
    Tensor*& place = slots[i++];
    if (!slot.used) continue;
    place = &buffers_
                 .emplace(fmt::format("{}/{}", slot.name, parameter.name),
                          filled(parameter.type, slot.start))
                 .first->second;
  }
}

void Optimizer::update(const std::string& name, Tensor& weight, const void* gradient,
                       const UpdateStep& step, ThreadPool& pool) {
  OptimizerOptions options = options_;
  if (step.momentum) options.momentum = options.beta1 = *step.momentum;
  rule_.update({.options = options,
                .step = step,
                .weight = weight,
                .gradient = gradient,
                .slots = slots_.at(name),
                .scratch = scratch_,
                .pool = pool});
}

}  // namespace noyau::training
