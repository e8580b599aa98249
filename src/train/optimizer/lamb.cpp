#include "train/optimizer/adam.hpp"

namespace noyau::training {
namespace {

double trust_of(const Update& u) {
  if (u.step.weight_decay == 0) return 1;
  const auto norm = [&](const void* data) {
    return l2_norm(data, u.weight.dtype(), u.weight.elements(), u.scratch, u.pool);
  };
  const double weight = norm(u.weight.raw()), direction = norm(u.scratch.direction.raw());
  return weight > 0 && direction > 0 ? weight / direction : 1;
}

void update(const Update& u) {
  update_adam(u, true, u.scratch.direction.raw());
  const kernels::Sgd step{
      .dtype = u.weight.dtype(), .count = u.weight.elements(), .lr = u.step.rate * trust_of(u)};
  const void* const inputs[] = {u.weight.raw(), u.scratch.direction.raw(), nullptr};
  run_kernel("sgd", step, inputs, {}, u.pool);
}

}  // namespace

/// LAMB: the direction of AdamW, d, scaled tensor by tensor: w -= rate * |w| / |d| * d. You et al.
/// 2020, "Large Batch Optimization for Deep Learning: Training BERT in 76 minutes". Its authors
/// also clip the whole gradient to norm 1, which is TrainerOptions::clip_norm here. As usual,
/// parameters that do not decay (norms, biases) are not scaled.
const Rule& lamb_rule() {
  static constexpr Rule kRule{.slots = moment_slots, .update = update, .needs_direction = true};
  return kRule;
}

}  // namespace noyau::training
