#include "explain/plot/rate_plot.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "explain/plot/axis.hpp"
#include "explain/plot/svg.hpp"

namespace noyau::explain {
namespace {

constexpr double kWidth = 720, kHeight = 420;
constexpr double kLeft = 76, kRight = kWidth - 24, kTop = 56, kBottom = kHeight - 56;

struct Frame {
  double low, high;  // decades
  Axis y;
  double across(double rate) const {
    return kLeft + (std::log10(rate) - low) / (high - low) * (kRight - kLeft);
  }
  double up(double loss) const {
    const double share = (loss - y.low) / (y.high - y.low);
    return kBottom - std::clamp(share, 0.0, 1.0) * (kBottom - kTop);
  }
};

Frame make_frame(const RatePlot& plot) {
  const auto [least, most] = std::minmax_element(plot.smooth.begin(), plot.smooth.end());
  // What shoots up at the end would press all else flat.
  const double high = std::min(*most, *least + 2 * (plot.smooth.front() - *least) + 0.1);
  const double first = std::floor(std::log10(plot.rates.front()));
  const double last = std::ceil(std::log10(plot.rates.back()));
  return {first, std::max(last, first + 1), value_axis(*least, high)};
}

std::string axes(const Frame& frame) {
  std::string out;
  for (const double tick : frame.y.ticks) {
    out += svg_line(kLeft, frame.up(tick), kRight, frame.up(tick), "grid");
    out += svg_text(kLeft - 8, frame.up(tick) + 4, "label", "end", tick_label(tick, frame.y.step));
  }
  for (double decade = frame.low; decade <= frame.high; ++decade) {
    const double x = frame.across(std::pow(10.0, decade));
    out += svg_line(x, kTop, x, kBottom, "grid");
    out += svg_text(x, kBottom + 20, "label", "middle", fmt::format("1e{:.0f}", decade));
  }
  out += svg_line(kLeft, kBottom, kRight, kBottom, "frame");
  return out + svg_text((kLeft + kRight) / 2, kHeight - 14, "label", "middle", "learning rate") +
         svg_text(20, (kTop + kBottom) / 2, "label", "middle", "training loss",
                  fmt::format("transform=\"rotate(-90 20 {:.1f})\"", (kTop + kBottom) / 2));
}

std::string curve(const RatePlot& plot, const std::vector<double>& losses, const Frame& frame,
                  int colour) {
  std::string path;
  for (std::size_t i = 0; i < plot.rates.size(); ++i)
    path += fmt::format("{}{:.1f} {:.1f}", i == 0 ? "M" : "L", frame.across(plot.rates[i]),
                        frame.up(losses[i]));
  return fmt::format("<path d=\"{}\" class=\"curve s{}\"/>\n", path, colour);
}

}  // namespace

std::string to_svg(const RatePlot& plot) {
  std::string out = svg_open(kWidth, kHeight, plot.title, true);
  out += svg_text(kLeft, 26, "title", "start", plot.title);
  if (!plot.rates.empty()) {
    const Frame frame = make_frame(plot);
    out += axes(frame);
    out += "<g opacity=\"0.35\">" + curve(plot, plot.losses, frame, 0) + "</g>\n" +
           curve(plot, plot.smooth, frame, 0);
    if (plot.marked > 0) {
      const double x = frame.across(plot.marked);
      out += svg_line(x, kTop, x, kBottom, "mark") +
             svg_text(x, kTop - 6, "label", "middle", fmt::format("{:.2g}", plot.marked));
    }
  }
  return out + "</svg>\n";
}

}  // namespace noyau::explain
