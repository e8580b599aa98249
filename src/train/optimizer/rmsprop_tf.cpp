#include "train/optimizer/rmsprop.hpp"

namespace noyau::training {

const Rule& rmsprop_tf_rule() {
  static constexpr Rule kRule{.slots = [](const OptimizerOptions& o) { return square_slots(o, 1); },
                              .update = [](const Update& u) { update_rmsprop(u, true); }};
  return kRule;
}

}  // namespace noyau::training
