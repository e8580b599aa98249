#include "train/optimizer/adam.hpp"

#include <cmath>

namespace noyau::training {

std::vector<SlotInfo> moment_slots(const OptimizerOptions& o) {
  return {{.name = "first_moment"},
          {.name = "second_moment"},
          {.name = "largest_second_moment", .used = o.amsgrad}};
}

void update_adam(const Update& u, bool decoupled, void* direction) {
  const double updates = double(u.step.step + 1);
  const kernels::Adam problem{.dtype = u.weight.dtype(),
                              .count = u.weight.elements(),
                              .lr = u.step.rate,
                              .beta1 = u.options.beta1,
                              .beta2 = u.options.beta2,
                              .eps = u.options.eps,
                              .weight_decay = u.step.weight_decay,
                              .gradient_scale = u.step.gradient_scale,
                              .correction1 = 1 - std::pow(u.options.beta1, updates),
                              .correction2 = 1 - std::pow(u.options.beta2, updates),
                              .decoupled = decoupled};
  const void* const inputs[] = {u.weight.raw(), u.gradient, u.slot(0), u.slot(1), u.slot(2)};
  void* const outputs[] = {direction};
  run_kernel("adam", problem, inputs, outputs, u.pool);
}

const Rule& adam_rule() {
  static constexpr Rule kRule{.slots = moment_slots,
                              .update = [](const Update& u) { update_adam(u, false, nullptr); }};
  return kRule;
}

}  // namespace noyau::training
