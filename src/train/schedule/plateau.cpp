#include "train/schedule/plateau.hpp"

#include <algorithm>

#include "train/schedule/kinds.hpp"

namespace noyau::training {

double plateau_rate(const Schedule& s, std::int64_t) { return s.base; }

PlateauState after_epoch(const Schedule& s, PlateauState state, double loss) {
  if (s.kind != Schedule::Kind::plateau) return state;
  const Schedule::Plateau& p = s.plateau;
  const double wanted = p.absolute ? state.best - p.threshold : state.best * (1 - p.threshold);
  const bool better = loss < wanted;
  if (better) state.best = loss;
  state.bad_epochs = better ? 0 : state.bad_epochs + 1;
  if (state.cooldown > 0) {
    --state.cooldown;
    state.bad_epochs = 0;
  }
  if (state.bad_epochs <= p.patience) return state;
  const double lowest = s.base > 0 ? std::min(state.scale, s.final / s.base) : 0;
  state.scale = std::max(state.scale * s.gamma, lowest);
  state.cooldown = p.cooldown;
  state.bad_epochs = 0;
  return state;
}

}  // namespace noyau::training
