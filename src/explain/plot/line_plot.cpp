#include "explain/plot/line_plot.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "explain/plot/axis.hpp"
#include "explain/plot/svg.hpp"

namespace noyau::explain {
namespace {

constexpr double kWidth = 720, kHeight = 420;
constexpr double kLeft = 76, kRight = kWidth - 24, kTop = 72, kBottom = kHeight - 56;
constexpr std::size_t kColours = 4, kMostDots = 40;

struct Frame {
  Axis x, y;
  double across(double epoch) const {
    return kLeft + (epoch - x.low) / (x.high - x.low) * (kRight - kLeft);
  }
  double up(double value) const {
    return kBottom - (value - y.low) / (y.high - y.low) * (kBottom - kTop);
  }
};

Frame make_frame(const LinePlot& plot) {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (const Curve& curve : plot.curves)
    for (double value : curve.values)
      if (std::isfinite(value)) {
        low = std::min(low, value);
        high = std::max(high, value);
      }
  if (low > high) low = 0, high = 1;
  if (plot.epochs.size() == 1) low = std::min(low, 0.0);  // two dots need a common ground
  const int first = plot.epochs.empty() ? 0 : plot.epochs.front();
  const int last = plot.epochs.empty() ? 1 : plot.epochs.back();
  return {epoch_axis(first, last), value_axis(low, high)};
}

std::string axes(const LinePlot& plot, const Frame& frame) {
  std::string out;
  for (double tick : frame.y.ticks) {
    out += svg_line(kLeft, frame.up(tick), kRight, frame.up(tick), "grid");
    out += svg_text(kLeft - 8, frame.up(tick) + 4, "label", "end", tick_label(tick, frame.y.step));
  }
  for (double tick : frame.x.ticks) {
    out += svg_line(frame.across(tick), kBottom, frame.across(tick), kBottom + 5, "frame");
    out += svg_text(frame.across(tick), kBottom + 20, "label", "middle",
                    tick_label(tick, frame.x.step));
  }
  out += svg_line(kLeft, kBottom, kRight, kBottom, "frame");
  out += svg_text((kLeft + kRight) / 2, kHeight - 14, "label", "middle", "epoch");
  const double middle = (kTop + kBottom) / 2;
  out += svg_text(20, middle, "label", "middle", plot.value_label,
                  fmt::format("transform=\"rotate(-90 20 {:.1f})\"", middle));
  return out;
}

std::string marked_epoch(const LinePlot& plot, const Frame& frame) {
  const double epoch = plot.marked_epoch;
  if (plot.marked_epoch == 0 || epoch < frame.x.low || epoch > frame.x.high) return {};
  const double x = frame.across(epoch);
  return svg_line(x, kTop, x, kBottom, "mark") +
         svg_text(x, kTop - 6, "label", x > kRight - 60 ? "end" : "middle",
                  fmt::format("best: epoch {}", plot.marked_epoch));
}

std::string draw(const LinePlot& plot, const Frame& frame, std::size_t which) {
  std::string path, dots;
  bool pen_down = false;
  const std::vector<double>& values = plot.curves[which].values;
  const std::size_t colour = which % kColours;
  const std::size_t count = std::min(values.size(), plot.epochs.size());
  for (std::size_t i = 0; i < count; ++i) {
    if (!std::isfinite(values[i])) {
      pen_down = false;
      continue;
    }
    const double x = frame.across(plot.epochs[i]), y = frame.up(values[i]);
    path += fmt::format("{}{:.1f} {:.1f}", pen_down ? "L" : "M", x, y);
    pen_down = true;
    if (count <= kMostDots)
      dots += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{}\" class=\"d{}\"/>\n", x, y,
                          count == 1 ? 5 : 3, colour);
  }
  if (path.empty()) return {};
  return fmt::format("<path d=\"{}\" class=\"curve s{}\"/>\n{}", path, colour, dots);
}

std::string legend(const LinePlot& plot) {
  std::string out;
  double x = kLeft;
  for (std::size_t i = 0; i < plot.curves.size(); ++i) {
    const std::size_t colour = i % kColours;
    out += svg_line(x, 46, x + 22, 46, fmt::format("curve s{}", colour));
    out += svg_text(x + 28, 50, "label", "start", plot.curves[i].name);
    x += 28 + text_width(plot.curves[i].name, 12) + 24;
  }
  return out;
}

}  // namespace

bool has_values(const LinePlot& plot) {
  for (const Curve& curve : plot.curves)
    if (std::any_of(curve.values.begin(), curve.values.end(),
                    [](double value) { return std::isfinite(value); }))
      return true;
  return false;
}

std::string to_svg(const LinePlot& plot) {
  const Frame frame = make_frame(plot);
  std::string out = svg_open(kWidth, kHeight, plot.title, true);
  out += svg_text(kLeft, 26, "title", "start", plot.title);
  out += legend(plot) + axes(plot, frame) + marked_epoch(plot, frame);
  for (std::size_t i = 0; i < plot.curves.size(); ++i) out += draw(plot, frame, i);
  return out + "</svg>\n";
}

}  // namespace noyau::explain
