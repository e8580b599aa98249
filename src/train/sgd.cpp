#include "train/sgd.hpp"

#include <fmt/format.h>

#include <cmath>

#include "kernels/kernel.hpp"
#include "noyau/error.hpp"

namespace noyau::training {

void check(const SgdOptions& o) {
  const auto require = [](bool holds, const char* field, double got, const char* expected) {
    if (holds) return;
    throw Error(ErrorCode::invalid_argument, fmt::format("sgd {}", field), fmt::format("{}", got),
                expected);
  };
  require(o.momentum >= 0 && o.momentum < 1, "momentum", o.momentum, "0 <= momentum < 1");
  require(std::isfinite(o.weight_decay) && o.weight_decay >= 0, "weight_decay", o.weight_decay,
          "a finite number, 0 or more");
  require(!o.nesterov || o.momentum > 0, "nesterov", o.momentum, "a momentum above 0");
}

Sgd::Sgd(const Graph& graph, SgdOptions options) : options_(options) {
  check(options_);
  if (options_.momentum == 0) return;
  for (const Value& value : graph.values()) {
    if (value.kind != ValueKind::parameter) continue;
    buffers_.emplace(value.name, Tensor(value.type.shape, value.type.dtype));
  }
}

void Sgd::update(const std::string& name, Tensor& weight, const void* gradient, double rate,
                 ThreadPool& pool) {
  const bool decays = options_.decay_norms_and_biases || weight.shape().rank() > 1;
  // A buffer of zeros makes the first step copy the gradient, so no step is special.
  const kernels::Problem problem =
      kernels::Sgd{.dtype = weight.dtype(),
                   .count = weight.elements(),
                   .lr = rate,
                   .momentum = options_.momentum,
                   .weight_decay = decays ? options_.weight_decay : 0.0,
                   .nesterov = options_.nesterov,
                   .first_step = false};
  void* buffer = options_.momentum > 0 ? buffers_.at(name).raw() : nullptr;
  const void* const inputs[] = {weight.raw(), gradient, buffer};
  void* const outputs[] = {weight.raw(), buffer};
  for (const kernels::Kernel& kernel : kernels::family("sgd")) {
    if (!kernel.refuse(problem).empty()) continue;
    return kernel.run(problem, {.inputs = inputs, .outputs = outputs, .pool = pool});
  }
}

}  // namespace noyau::training
