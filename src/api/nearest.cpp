#include <algorithm>
#include <string>
#include <vector>

#include "base/edit_distance.hpp"
#include "noyau/run.hpp"

namespace noyau {

std::string nearest_name(const std::string& name, const std::vector<std::string>& names) {
  if (name.size() > 64) return {};
  std::string best;
  std::size_t best_distance = std::max<std::size_t>(2, name.size() / 3) + 1;
  for (const std::string& candidate : names) {
    // A name that starts like the candidate is a shortened one, however much is missing.
    const bool prefix = name.size() >= 3 && candidate.starts_with(name);
    const std::size_t distance = prefix ? 1 : edit_distance(name, candidate);
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

}  // namespace noyau
