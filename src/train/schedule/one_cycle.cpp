#include <algorithm>

#include "train/schedule/kinds.hpp"

namespace noyau::training {
namespace {

// Smith's range for the momentum, which falls while the rate rises.
constexpr double kLowMomentum = 0.85, kHighMomentum = 0.95;

struct Point {
  double rate = 0, momentum = 0;
};

struct Phase {
  double end = 0;  ///< its last step
  Point to;
};

double between(const Schedule::OneCycle& c, double from, double to, double t) {
  return c.linear ? (to - from) * t + from : half_cosine(from, to, t);
}

// Phases end where PyTorch's do, one step before the share that `rise` names.
std::vector<Phase> phases(const Schedule& s, const Point& first) {
  const auto total = double(s.total_steps);
  const double top = s.one_cycle.rise * total - 1;
  std::vector<Phase> result = {{top, {s.base, kLowMomentum}}};
  if (s.one_cycle.three_phase) result.push_back({2 * top, first});
  result.push_back({total - 1, {first.rate / s.one_cycle.final_div, kHighMomentum}});
  return result;
}

Point point_at(const Schedule& s, std::int64_t step) {
  const Point first{s.base / s.one_cycle.div, kHighMomentum};
  Point from = first;
  double begin = 0;
  for (const Phase& phase : phases(s, first)) {
    if (double(step) <= phase.end) {
      // A run of one step has no way to go.
      const double t = phase.end > begin ? (double(step) - begin) / (phase.end - begin) : 1;
      return {between(s.one_cycle, from.rate, phase.to.rate, t),
              between(s.one_cycle, from.momentum, phase.to.momentum, t)};
    }
    begin = std::max(begin, phase.end);
    from = phase.to;
  }
  return from;
}

}  // namespace

/// Up from base / div to base in the first `rise` of the run, then down to base / div / final_div;
/// with three phases first down to base / div in as many steps as the way up took. Smith 2018, "A
/// disciplined approach to neural network hyper-parameters"; details as in PyTorch.
double one_cycle_rate(const Schedule& s, std::int64_t step) { return point_at(s, step).rate; }

std::optional<double> momentum_at(const Schedule& s, std::int64_t step) {
  if (s.kind != Schedule::Kind::one_cycle) return std::nullopt;
  return point_at(s, step).momentum;
}

}  // namespace noyau::training
