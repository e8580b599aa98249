#pragma once

#include <string>
#include <vector>

namespace noyau::explain {

/// One curve; values that are not finite leave a gap.
struct Curve {
  std::string name;
  std::vector<double> values;  // one per epoch of the plot
};

/// Curves over epochs.
struct LinePlot {
  std::string title, value_label;
  std::vector<int> epochs;  // ascending
  std::vector<Curve> curves;
  int marked_epoch = 0;  // drawn as a dashed line "best"; 0: none
};

/// Whether any curve has a finite value.
bool has_values(const LinePlot& plot);

/// The plot as a complete SVG document, 720 x 420 units, without outside references.
std::string to_svg(const LinePlot& plot);

}  // namespace noyau::explain
