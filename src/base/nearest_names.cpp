#include "base/nearest_names.hpp"

#include <algorithm>
#include <utility>

#include "base/edit_distance.hpp"

namespace noyau {

std::vector<std::string> nearest_names(std::string_view wanted,
                                       const std::vector<std::string>& names) {
  wanted = wanted.substr(0, 64);
  std::vector<std::pair<std::size_t, std::string>> scored;
  for (const std::string& name : names) {
    const std::size_t distance = edit_distance(wanted, name);
    if (2 * distance <= std::max(wanted.size(), name.size())) scored.emplace_back(distance, name);
  }
  std::stable_sort(scored.begin(), scored.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<std::string> result;
  for (auto& [distance, name] : scored) {
    if (result.size() < 3) result.push_back(std::move(name));
  }
  return result;
}

}  // namespace noyau
