#include "train/optimizer/rmsprop.hpp"

namespace noyau::training {

std::vector<SlotInfo> square_slots(const OptimizerOptions& o, double start) {
  return {{.name = "mean_square", .start = start},
          {.name = "mean", .used = o.centered},
          {.name = "momentum", .used = o.momentum > 0}};
}

void update_rmsprop(const Update& u, bool tensorflow) {
  const kernels::RmsProp problem{.dtype = u.weight.dtype(),
                                 .count = u.weight.elements(),
                                 .lr = u.step.rate,
                                 .alpha = u.options.alpha,
                                 .eps = u.options.eps,
                                 .momentum = u.options.momentum,
                                 .weight_decay = u.step.weight_decay,
                                 .gradient_scale = u.step.gradient_scale,
                                 .tensorflow = tensorflow};
  const void* const inputs[] = {u.weight.raw(), u.gradient, u.slot(0), u.slot(1), u.slot(2)};
  run_kernel("rmsprop", problem, inputs, {}, u.pool);
}

const Rule& rmsprop_rule() {
  static constexpr Rule kRule{.slots = [](const OptimizerOptions& o) { return square_slots(o, 0); },
                              .update = [](const Update& u) { update_rmsprop(u, false); }};
  return kRule;
}

}  // namespace noyau::training
