#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace noyau {

/// The (at most three) names closest to `wanted` by edit distance, best first; names that share
/// nothing with it are left out.
std::vector<std::string> nearest_names(std::string_view wanted,
                                       const std::vector<std::string>& names);

}  // namespace noyau
