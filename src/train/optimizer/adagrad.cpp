#include "train/optimizer/rule.hpp"

namespace noyau::training {
namespace {

std::vector<SlotInfo> slots(const OptimizerOptions&) { return {{.name = "sum_of_squares"}}; }

void update(const Update& u) {
  const kernels::Adagrad problem{
      .dtype = u.weight.dtype(),
      .count = u.weight.elements(),
      .lr = u.step.rate / (1 + double(u.step.step) * u.options.rate_decay),
      .eps = u.options.eps,
      .weight_decay = u.step.weight_decay,
      .gradient_scale = u.step.gradient_scale};
  const void* const inputs[] = {u.weight.raw(), u.gradient, u.slot(0)};
  run_kernel("adagrad", problem, inputs, {}, u.pool);
}

}  // namespace

/// Adagrad: s is the sum of all g^2; w -= rate * g / (sqrt(s) + eps). Duchi et al. 2011, "Adaptive
/// Subgradient Methods for Online Learning and Stochastic Optimization".
const Rule& adagrad_rule() {
  static constexpr Rule kRule{.slots = slots, .update = update};
  return kRule;
}

}  // namespace noyau::training
