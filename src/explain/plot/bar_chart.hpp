#pragma once

#include <string>
#include <vector>

namespace noyau::explain {

/// One bar with the interval that its value lies in.
struct Bar {
  std::string name;
  double value = 0;
  double low = 0, high = 0;  ///< ends of the interval; both equal to `value`: none is drawn
  std::string note;          ///< written behind the value
};

/// Values beside each other, one bar a row, from top to bottom.
struct BarChart {
  std::string title, value_label;
  std::vector<Bar> bars;
  int decimals = 2;
};

/// The chart as a complete SVG document, 720 units wide, without outside references. The axis
/// begins where differences between the bars can be seen, which its ticks say.
std::string to_svg(const BarChart& chart);

}  // namespace noyau::explain
