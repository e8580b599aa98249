#include "train/optimizer/sgd.hpp"

namespace noyau::training {

std::vector<SlotInfo> momentum_slots(const OptimizerOptions& o) {
  return {{.name = "momentum", .used = o.momentum > 0}};
}

void update_sgd(const Update& u, double trust) {
  const kernels::Sgd problem{.dtype = u.weight.dtype(),
                             .count = u.weight.elements(),
                             .lr = u.step.rate,
                             .momentum = u.options.momentum,
                             .dampening = u.options.dampening,
                             .weight_decay = u.step.weight_decay,
                             .gradient_scale = u.step.gradient_scale,
                             .trust = trust,
                             .nesterov = u.options.nesterov,
                             .first_step = u.step.step == 0};
  const void* const inputs[] = {u.weight.raw(), u.gradient, u.slot(0)};
  run_kernel("sgd", problem, inputs, {}, u.pool);
}

const Rule& sgd_rule() {
  static constexpr Rule kRule{.slots = momentum_slots,
                              .update = [](const Update& u) { update_sgd(u, 1); }};
  return kRule;
}

}  // namespace noyau::training
