#pragma once

#include <string>
#include <vector>

namespace noyau::explain {

/// A loss against the learning rate it was measured at, on a logarithmic axis.
struct RatePlot {
  std::string title;
  std::vector<double> rates;           ///< rising, above 0
  std::vector<double> losses, smooth;  ///< one per rate
  double marked = 0;                   ///< the rate that is suggested; 0: none
};

/// The plot as a complete SVG document, 720 x 420 units, without outside references.
std::string to_svg(const RatePlot& plot);

}  // namespace noyau::explain
