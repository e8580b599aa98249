#pragma once

#include <string>
#include <vector>

namespace noyau::explain {

/// What was to be predicted across, what was predicted up; the diagonal is right.
struct ScatterPlot {
  std::string title;
  std::vector<float> truth, predicted;
};

/// The plot as a complete SVG document, 420 x 440 units, without outside references. Of many
/// points only some, evenly spaced in the list, are drawn.
std::string to_svg(const ScatterPlot& plot);

}  // namespace noyau::explain
