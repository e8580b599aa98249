#include "train/ridge_rows.hpp"

#include <algorithm>

namespace noyau::training {
namespace {

using Rows = std::vector<std::size_t>;

/// How many each class may keep: the largest number with which all together keep at most `most`,
/// but one.
std::size_t quota(const std::vector<Rows>& by_class, std::size_t most) {
  const auto kept = [&](std::size_t each) {
    std::size_t sum = 0;
    for (const Rows& rows : by_class) sum += std::min(each, rows.size());
    return sum;
  };
  std::size_t low = 1, high = most;
  while (low < high) {
    const std::size_t middle = low + (high - low + 1) / 2;
    (kept(middle) <= most ? low : high) = kept(middle) <= most ? middle : middle - 1;
  }
  return low;
}

}  // namespace

std::vector<std::size_t> even_rows(std::span<const std::int32_t> labels, std::int64_t classes,
                                   std::int64_t most) {
  std::vector<Rows> by_class(static_cast<std::size_t>(classes));
  for (std::size_t i = 0; i < labels.size(); ++i) by_class[std::size_t(labels[i])].push_back(i);
  const std::size_t each = quota(by_class, std::size_t(most));
  Rows kept;
  for (const Rows& rows : by_class) {
    const std::size_t count = std::min(each, rows.size());
    for (std::size_t k = 0; k < count; ++k) kept.push_back(rows[k * rows.size() / count]);
  }
  std::ranges::sort(kept);
  return kept;
}

}  // namespace noyau::training
