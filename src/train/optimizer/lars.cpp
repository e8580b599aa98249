#include <algorithm>

#include "train/optimizer/sgd.hpp"

namespace noyau::training {
namespace {

double trust_of(const Update& u) {
  const std::int64_t count = u.weight.elements();
  const auto norm = [&](const void* data) {
    return l2_norm(data, u.weight.dtype(), count, u.scratch, u.pool);
  };
  const double weight = norm(u.weight.raw());
  const double gradient = norm(u.gradient) * u.step.gradient_scale;
  if (weight == 0 || gradient == 0) return 1;
  const double trust = u.options.trust_coefficient * weight /
                       (gradient + weight * u.step.weight_decay + u.options.eps);
  return u.options.trust_clip ? std::min(trust / u.step.rate, 1.0) : trust;
}

}  // namespace

/// LARS: SGD whose g is multiplied, tensor by tensor, with trust_coefficient * |w| / (|gradient| +
/// decay * |w| + eps). You et al. 2017, "Large Batch Training of Convolutional Networks". With
/// `trust_clip` the factor times the rate never exceeds the rate (LARC). As usual, parameters that
/// do not decay (norms, biases) are not adapted.
const Rule& lars_rule() {
  static constexpr Rule kRule{.slots = momentum_slots, .update = [](const Update& u) {
                                update_sgd(u, u.step.weight_decay > 0 ? trust_of(u) : 1);
                              }};
  return kRule;
}

}  // namespace noyau::training
