#pragma once

#include <string>
#include <vector>

#include "noyau/report.hpp"

namespace noyau::explain {

/// The matrix as an SVG heat map: right cells and wrong cells in two hues, by their share of the
/// true class, with counts where they fit and in full as the title of each cell. `names` holds one
/// name per class. With `standalone` it is a complete document, otherwise a part of a page that
/// styles it.
std::string to_svg(const ConfusionMatrix& matrix, const std::vector<std::string>& names,
                   bool standalone);

}  // namespace noyau::explain
