#pragma once

#include <string>
#include <vector>

namespace noyau::explain {

/// A measured value with the interval that holds its mean.
struct IntervalPoint {
  double x = 0;  ///< above 0
  double mean = 0, low = 0, high = 0;
};

struct IntervalCurve {
  std::string name;
  std::vector<IntervalPoint> points;  ///< x rising
};

/// Curves over a logarithmic axis whose ticks are the places that were measured.
struct IntervalPlot {
  std::string title, x_label, value_label;
  std::vector<IntervalCurve> curves;  ///< at most four differ in colour
};

/// The plot as a complete SVG document, 720 x 420 units, without outside references.
std::string to_svg(const IntervalPlot& plot);

}  // namespace noyau::explain
