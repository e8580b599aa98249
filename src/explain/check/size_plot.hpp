#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace noyau::explain {

/// How often each size, width and height in pixels, occurs.
using SizeCounts = std::map<std::pair<std::int64_t, std::int64_t>, std::int64_t>;

struct SizeCount {
  std::int64_t width = 0, height = 0, pictures = 0;
};

/// Most frequent first.
std::vector<SizeCount> by_frequency(const SizeCounts& sizes);

/// A dot for each size, its area by how often it occurs; an SVG element of 420 x 400 units that
/// takes its colours from the page. Of very many sizes those that occur most often are drawn.
std::string size_plot(const SizeCounts& sizes);

}  // namespace noyau::explain
