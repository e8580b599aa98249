#include "train/schedule/kinds.hpp"

namespace noyau::training {

double constant_rate(const Schedule& s, std::int64_t) { return s.base; }

}  // namespace noyau::training
