#include "plan/occupancy.hpp"

#include <algorithm>

namespace noyau::plan {

Occupancy::Occupancy(std::int32_t calls) {
  while (leaves_ < std::size_t(calls)) leaves_ *= 2;
  tree_.resize(2 * leaves_);
}

// The few tree nodes that together stand for the calls first to last.
template <class Visit>
void Occupancy::for_each_part(std::int32_t first, std::int32_t last, Visit&& visit) const {
  std::size_t low = leaves_ + std::size_t(first), high = leaves_ + std::size_t(last) + 1;
  for (; low < high; low /= 2, high /= 2) {
    if (low % 2 == 1) visit(low++);
    if (high % 2 == 1) visit(--high);
  }
}

void Occupancy::take(std::int32_t first, std::int32_t last, std::size_t offset, std::size_t bytes) {
  if (bytes == 0) return;
  const Range range{offset, offset + bytes};
  for_each_part(first, last, [&](std::size_t part) {
    add(tree_[part].throughout, range);
    for (std::size_t i = part; i > 0 && add(tree_[i].below, range); i /= 2) {
    }
  });
}

std::size_t Occupancy::lowest_gap(std::int32_t first, std::int32_t last, std::size_t bytes) {
  asked_.clear();
  for_each_part(first, last, [&](std::size_t part) {
    asked_.push_back(&tree_[part].below);
    for (std::size_t i = part / 2; i > 0; i /= 2) asked_.push_back(&tree_[i].throughout);
  });
  std::size_t offset = 0;
  for (bool moved = true; moved;) {
    moved = false;
    for (const Ranges* ranges : asked_) {
      const std::size_t next = beyond(*ranges, offset, bytes);
      moved = moved || next != offset;
      offset = next;
    }
  }
  return offset;
}

// The lowest offset from here on at which these ranges leave `bytes` free.
std::size_t Occupancy::beyond(const Ranges& ranges, std::size_t offset, std::size_t bytes) {
  auto range = std::upper_bound(ranges.begin(), ranges.end(), offset,
                                [](std::size_t o, const Range& r) { return o < r.end; });
  ++work_;
  for (; range != ranges.end() && range->begin < offset + bytes; ++range, ++work_)
    offset = range->end;
  return offset;
}

// Joins the ranges that it touches or overlaps; false when the bytes were taken already.
bool Occupancy::add(Ranges& ranges, Range range) {
  const auto first =
      std::lower_bound(ranges.begin(), ranges.end(), range.begin,
                       [](const Range& r, std::size_t begin) { return r.end < begin; });
  ++work_;
  if (first != ranges.end() && first->begin <= range.begin && range.end <= first->end) return false;
  auto last = first;
  for (; last != ranges.end() && last->begin <= range.end; ++last) {
    range.begin = std::min(range.begin, last->begin);
    range.end = std::max(range.end, last->end);
  }
  work_ += ranges.end() - first;
  if (first == last) {
    ranges.insert(first, range);
  } else {
    *first = range;
    ranges.erase(first + 1, last);
  }
  return true;
}

}  // namespace noyau::plan
