#include "explain/plot/bar_chart.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "explain/plot/axis.hpp"
#include "explain/plot/svg.hpp"

namespace noyau::explain {
namespace {

constexpr double kWidth = 720, kRight = kWidth - 130, kTop = 44, kRow = 26, kBarHeight = 16;
constexpr double kMostNames = 300;

struct Frame {
  double left, bottom;
  Axis x;
  double across(double value) const {
    return left + (value - x.low) / (x.high - x.low) * (kRight - left);
  }
};

Frame make_frame(const BarChart& chart) {
  double names = 0, low = 0, high = 0;
  for (std::size_t i = 0; i < chart.bars.size(); ++i) {
    const Bar& bar = chart.bars[i];
    names = std::max(names, text_width(bar.name, 12));
    low = i == 0 ? bar.low : std::min(low, bar.low);
    high = i == 0 ? bar.high : std::max(high, bar.high);
  }
  // Room below the lowest value, so that its bar is seen.
  const double room = 0.15 * (high - low);
  Frame frame{std::min(names, kMostNames) + 24, kTop + kRow * double(chart.bars.size()), {}};
  frame.x = value_axis(low > 0 ? std::max(0.0, low - room) : low, high, 6);
  return frame;
}

std::string axis(const BarChart& chart, const Frame& frame) {
  std::string out;
  for (const double tick : frame.x.ticks) {
    const double x = frame.across(tick);
    out += svg_line(x, kTop, x, frame.bottom, "grid");
    out += svg_text(x, frame.bottom + 18, "label", "middle", tick_label(tick, frame.x.step));
  }
  out += svg_line(frame.left, kTop, frame.left, frame.bottom, "frame");
  return out + svg_text((frame.left + kRight) / 2, frame.bottom + 38, "label", "middle",
                        chart.value_label);
}

std::string interval(const Bar& bar, const Frame& frame, double middle) {
  if (bar.low == bar.high) return {};
  const double a = frame.across(bar.low), b = frame.across(bar.high);
  return svg_line(a, middle, b, middle, "frame") + svg_line(a, middle - 4, a, middle + 4, "frame") +
         svg_line(b, middle - 4, b, middle + 4, "frame");
}

std::string draw(const BarChart& chart, const Bar& bar, const Frame& frame, double top) {
  const double middle = top + kRow / 2, end = frame.across(bar.value);
  std::string out = svg_text(frame.left - 8, middle + 4, "name", "end", bar.name);
  out += fmt::format(
      "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" class=\"d0\"/>\n",
      frame.left, middle - kBarHeight / 2, std::max(0.0, end - frame.left), kBarHeight);
  out += interval(bar, frame, middle);
  return out + svg_text(std::max(end, frame.across(bar.high)) + 8, middle + 4, "name", "start",
                        fmt::format("{:.{}f}{}{}", bar.value, chart.decimals,
                                    bar.note.empty() ? "" : " ", bar.note));
}

}  // namespace

std::string to_svg(const BarChart& chart) {
  const Frame frame = make_frame(chart);
  std::string out = svg_open(kWidth, frame.bottom + 52, chart.title, true);
  out += svg_text(16, 26, "title", "start", chart.title) + axis(chart, frame);
  for (std::size_t i = 0; i < chart.bars.size(); ++i)
    out += draw(chart, chart.bars[i], frame, kTop + kRow * double(i));
  return out + "</svg>\n";
}

}  // namespace noyau::explain
