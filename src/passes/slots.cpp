#include "passes/slots.hpp"

#include <algorithm>
#include <utility>

namespace noyau::passes {

void Slots::insert(std::vector<std::pair<int, Node>> nodes) {
  std::stable_sort(nodes.begin(), nodes.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<std::optional<Node>> all;
  all.reserve(nodes_.size() + nodes.size());
  auto next = nodes.begin();
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    for (; next != nodes.end() && next->first == int(i); ++next)
      all.emplace_back(std::move(next->second));
    all.push_back(std::move(nodes_[i]));
  }
  *this = Slots(std::move(all));
}

void Slots::open(std::size_t i) {
  if (std::find(open_.begin(), open_.end(), i) != open_.end()) return;
  if (open_.size() == kOpen) {
    refresh(open_.front());
    open_.erase(open_.begin());
  }
  open_.push_back(i);
}

void Slots::refresh() const {
  if (indexed_) {
    for (const std::size_t i : open_) refresh(i);
    return;
  }
  links_.resize(nodes_.size());
  for (std::size_t i = 0; i < nodes_.size(); ++i) refresh(i);
  indexed_ = true;
}

void Slots::refresh(std::size_t i) const {
  static const std::vector<ValueId> none;
  const std::optional<Node>& node = nodes_[i];
  ++work_;
  replace(read_by_, i, links_[i].inputs, node ? node->inputs : none);
  replace(written_by_, i, links_[i].outputs, node ? node->outputs : none);
}

void Slots::replace(Index& index, std::size_t i, std::vector<ValueId>& old,
                    const std::vector<ValueId>& now) const {
  if (old == now) return;
  const int slot = int(i);
  for (const ValueId v : old) {
    if (v == kNoValue) continue;
    std::vector<int>& slots = index[std::size_t(v)];
    const auto at = std::lower_bound(slots.begin(), slots.end(), slot);
    work_ += slots.end() - at;
    slots.erase(at);
  }
  for (const ValueId v : now) {
    if (v == kNoValue) continue;
    if (index.size() <= std::size_t(v)) index.resize(std::size_t(v) + 1);
    std::vector<int>& slots = index[std::size_t(v)];
    const auto at = std::upper_bound(slots.begin(), slots.end(), slot);
    work_ += slots.end() - at + 1;
    slots.insert(at, slot);
  }
  old = now;
}

const std::vector<int>& Slots::of(const Index& index, ValueId v) const {
  static const std::vector<int> none;
  ++work_;
  return v >= 0 && std::size_t(v) < index.size() ? index[std::size_t(v)] : none;
}

int Slots::producer(ValueId v) const {
  refresh();
  const std::vector<int>& slots = of(written_by_, v);
  return slots.empty() ? -1 : slots.front();
}

int Slots::readers(ValueId v) const {
  refresh();
  return int(of(read_by_, v).size());
}

int Slots::next_reader(ValueId v, int from) const {
  refresh();
  const std::vector<int>& slots = of(read_by_, v);
  const auto next = std::lower_bound(slots.begin(), slots.end(), from);
  return next == slots.end() ? int(nodes_.size()) : *next;
}

}  // namespace noyau::passes
