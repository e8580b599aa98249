#include "train/optimizer/adam.hpp"

namespace noyau::training {

const Rule& adamw_rule() {
  static constexpr Rule kRule{.slots = moment_slots,
                              .update = [](const Update& u) { update_adam(u, true, nullptr); }};
  return kRule;
}

}  // namespace noyau::training
