#include "explain/plot/interval_plot.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "explain/plot/axis.hpp"
#include "explain/plot/svg.hpp"

namespace noyau::explain {
namespace {

constexpr double kWidth = 720, kHeight = 420;
constexpr double kLeft = 76, kRight = kWidth - 40, kTop = 72, kBottom = kHeight - 56;
constexpr double kWhisker = 4;  // half its width
constexpr std::size_t kColours = 4;

struct Frame {
  std::set<double> places;
  double first = 0, last = 1;  // decades
  Axis y;
  double across(double x) const {
    return kLeft + 30 + (std::log10(x) - first) / (last - first) * (kRight - kLeft - 60);
  }
  double up(double value) const {
    return kBottom - (value - y.low) / (y.high - y.low) * (kBottom - kTop);
  }
};

Frame make_frame(const IntervalPlot& plot) {
  Frame frame;
  double low = HUGE_VAL, high = -HUGE_VAL;
  for (const IntervalCurve& curve : plot.curves)
    for (const IntervalPoint& point : curve.points) {
      frame.places.insert(point.x);
      low = std::min(low, point.low);
      high = std::max(high, point.high);
    }
  if (frame.places.empty()) return frame;
  frame.first = std::log10(*frame.places.begin());
  frame.last = std::max(std::log10(*frame.places.rbegin()), frame.first + 0.1);
  frame.y = value_axis(low, high);
  return frame;
}

std::string axes(const IntervalPlot& plot, const Frame& frame) {
  std::string out;
  for (const double tick : frame.y.ticks) {
    out += svg_line(kLeft, frame.up(tick), kRight, frame.up(tick), "grid");
    out += svg_text(kLeft - 8, frame.up(tick) + 4, "label", "end", tick_label(tick, frame.y.step));
  }
  for (const double place : frame.places) {
    out += svg_line(frame.across(place), kBottom, frame.across(place), kBottom + 5, "frame");
    out += svg_text(frame.across(place), kBottom + 20, "label", "middle",
                    fmt::format("{:.6g}", place));
  }
  const double middle = (kTop + kBottom) / 2;
  return out + svg_line(kLeft, kBottom, kRight, kBottom, "frame") +
         svg_text((kLeft + kRight) / 2, kHeight - 14, "label", "middle", plot.x_label) +
         svg_text(20, middle, "label", "middle", plot.value_label,
                  fmt::format("transform=\"rotate(-90 20 {:.1f})\"", middle));
}

std::string draw(const IntervalCurve& curve, const Frame& frame, std::size_t colour) {
  const std::string stroke = fmt::format("curve s{}", colour);
  std::string path, marks;
  for (const IntervalPoint& point : curve.points) {
    const double x = frame.across(point.x), y = frame.up(point.mean);
    path += fmt::format("{}{:.1f} {:.1f}", path.empty() ? "M" : "L", x, y);
    marks +=
        fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3\" class=\"d{}\"/>\n", x, y, colour);
    if (point.low == point.high) continue;
    const double low = frame.up(point.low), high = frame.up(point.high);
    marks += svg_line(x, low, x, high, stroke);
    for (const double end : {low, high})
      marks += svg_line(x - kWhisker, end, x + kWhisker, end, stroke);
  }
  if (path.empty()) return {};
  return fmt::format("<path d=\"{}\" class=\"{}\"/>\n{}", path, stroke, marks);
}

std::string legend(const IntervalPlot& plot) {
  std::string out;
  double x = kLeft;
  for (std::size_t i = 0; i < plot.curves.size(); ++i) {
    out += svg_line(x, 46, x + 22, 46, fmt::format("curve s{}", i % kColours));
    out += svg_text(x + 28, 50, "label", "start", plot.curves[i].name);
    x += 28 + text_width(plot.curves[i].name, 12) + 24;
  }
  return out;
}

}  // namespace

std::string to_svg(const IntervalPlot& plot) {
  const Frame frame = make_frame(plot);
  std::string out = svg_open(kWidth, kHeight, plot.title, true);
  out += svg_text(kLeft, 26, "title", "start", plot.title);
  out += legend(plot) + axes(plot, frame);
  for (std::size_t i = 0; i < plot.curves.size(); ++i)
    out += draw(plot.curves[i], frame, i % kColours);
  return out + "</svg>\n";
}

}  // namespace noyau::explain
