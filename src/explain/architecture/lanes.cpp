#include "explain/architecture/lanes.hpp"

#include <algorithm>

namespace noyau::explain {

Lanes::Lanes(const std::vector<Unit>& all, const std::vector<int>& units)
    : all_(all), first_(units.front()), count_(int(units.size())) {
  lanes_.assign(std::size_t(count_) + 1, -1);
  children_.resize(std::size_t(count_) + 1);
  for (int i = 0; i < count_; ++i)
    if (unit(i).op != "concat") children_[slot(source(i, 0))].push_back(i);
  for (auto& list : children_)
    std::stable_partition(list.begin(), list.end(), [&](int i) { return leads_to_join(i); });
  place(-1);
  for (int i = 0; i < count_; ++i)
    if (unit(i).op == "concat") place_concat(i);
}

int Lanes::source(int i, int which) const {
  return std::max(-1, unit(i).inputs[std::size_t(which)] - first_);
}

// The main path: what follows unit i on its own lane ends in an addition or a product.
bool Lanes::leads_to_join(int i) const {
  const std::vector<int>& list = children_[slot(i)];
  return unit(i).kind == UnitKind::join ||
         std::any_of(list.begin(), list.end(), [&](int child) { return leads_to_join(child); });
}

void Lanes::place(int i) {
  const std::vector<int>& list = children_[slot(i)];
  if (list.empty()) {
    lanes_[slot(i)] = next_++;
    return;
  }
  for (const int child : list) place(child);
  const double first = lanes_[slot(list.front())], last = lanes_[slot(list.back())];
  const bool main = unit(list.front()).kind == UnitKind::join;
  lanes_[slot(i)] = main ? first : (first + last) / 2;
}

void Lanes::place_concat(int i) {
  double low = lanes_[slot(source(i, 0))], high = low;
  for (int which = 1; which < sources(i); ++which) {
    const double lane = lanes_[slot(source(i, which))];
    low = std::min(low, lane);
    high = std::max(high, lane);
  }
  settle(i, (low + high) / 2);
}

// All that follows stands below.
void Lanes::settle(int i, double lane) {
  lanes_[slot(i)] = lane;
  for (const int child : children_[slot(i)]) settle(child, lane);
}

}  // namespace noyau::explain
