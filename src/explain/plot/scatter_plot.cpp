#include "explain/plot/scatter_plot.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "explain/plot/axis.hpp"
#include "explain/plot/svg.hpp"

namespace noyau::explain {
namespace {

constexpr double kWidth = 420, kHeight = 440;
constexpr double kLeft = 70, kRight = kWidth - 20, kTop = 44, kBottom = kTop + (kRight - kLeft);
constexpr std::size_t kMostPoints = 2000;

Axis axis_of(const ScatterPlot& plot) {
  const auto [low, high] = std::ranges::minmax(plot.truth);
  const auto [least, most] = std::ranges::minmax(plot.predicted);
  return value_axis(double(std::min(low, least)), double(std::max(high, most)));
}

struct Square {
  Axis axis;
  double share(double value) const { return (value - axis.low) / (axis.high - axis.low); }
  double across(double value) const { return kLeft + share(value) * (kRight - kLeft); }
  double up(double value) const { return kBottom - share(value) * (kBottom - kTop); }
};

std::string axes(const Square& square) {
  std::string out;
  for (const double tick : square.axis.ticks) {
    const std::string label = tick_label(tick, square.axis.step);
    out += svg_line(kLeft, square.up(tick), kRight, square.up(tick), "grid");
    out += svg_line(square.across(tick), kTop, square.across(tick), kBottom, "grid");
    out += svg_text(kLeft - 8, square.up(tick) + 4, "label", "end", label);
    out += svg_text(square.across(tick), kBottom + 18, "label", "middle", label);
  }
  out += svg_line(kLeft, kBottom, kRight, kTop, "mark");
  return out + svg_text((kLeft + kRight) / 2, kBottom + 40, "label", "middle", "true value") +
         svg_text(18, (kTop + kBottom) / 2, "label", "middle", "predicted value",
                  fmt::format("transform=\"rotate(-90 18 {:.1f})\"", (kTop + kBottom) / 2));
}

}  // namespace

std::string to_svg(const ScatterPlot& plot) {
  std::string out = svg_open(kWidth, kHeight, plot.title, true);
  out += svg_text(kLeft, 26, "title", "start", plot.title);
  if (plot.truth.empty()) return out + "</svg>\n";
  const Square square{axis_of(plot)};
  out += axes(square);
  const std::size_t every = (plot.truth.size() + kMostPoints - 1) / kMostPoints;
  out += "<g class=\"d0\" fill-opacity=\"0.45\">\n";
  for (std::size_t i = 0; i < plot.truth.size(); i += every)
    out += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"2.6\"/>\n",
                       square.across(double(plot.truth[i])), square.up(double(plot.predicted[i])));
  return out + "</g>\n</svg>\n";
}

}  // namespace noyau::explain
