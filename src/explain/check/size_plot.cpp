#include "explain/check/size_plot.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "explain/plot/axis.hpp"
#include "explain/plot/svg.hpp"
#include "explain/text.hpp"

namespace noyau::explain {
namespace {

constexpr double kWidth = 420, kHeight = 400, kLeft = 64, kRight = 400, kTop = 16, kBottom = 348;
constexpr double kSmallest = 2.5, kLargest = 14;  // radius of a dot
constexpr std::size_t kMostDots = 2000;

struct Scale {
  Axis axis;
  double from, to;
  double at(double value) const {
    return from + (value - axis.low) / (axis.high - axis.low) * (to - from);
  }
};

}  // namespace

std::vector<SizeCount> by_frequency(const SizeCounts& sizes) {
  std::vector<SizeCount> list;
  for (const auto& [size, pictures] : sizes) list.push_back({size.first, size.second, pictures});
  std::ranges::stable_sort(list, std::greater(), &SizeCount::pictures);
  return list;
}

std::string size_plot(const SizeCounts& sizes) {
  std::vector<SizeCount> dots = by_frequency(sizes);
  if (dots.size() > kMostDots) dots.resize(kMostDots);
  std::int64_t width = 1, height = 1;
  for (const SizeCount& size : dots) {
    width = std::max(width, size.width);
    height = std::max(height, size.height);
  }
  const Scale x{value_axis(0, double(width), 5), kLeft, kRight};
  const Scale y{value_axis(0, double(height), 5), kBottom, kTop};
  std::string out = svg_open(kWidth, kHeight, "Sizes of the pictures", false);
  for (const double tick : x.axis.ticks) {
    out += svg_line(x.at(tick), kTop, x.at(tick), kBottom, "grid");
    out += svg_text(x.at(tick), kBottom + 18, "label", "middle", tick_label(tick, x.axis.step));
  }
  for (const double tick : y.axis.ticks) {
    out += svg_line(kLeft, y.at(tick), kRight, y.at(tick), "grid");
    out += svg_text(kLeft - 8, y.at(tick) + 4, "label", "end", tick_label(tick, y.axis.step));
  }
  out += svg_text((kLeft + kRight) / 2, kBottom + 40, "label", "middle", "width, pixels");
  out += svg_text(14, (kTop + kBottom) / 2, "label", "middle", "height, pixels",
                  fmt::format("transform=\"rotate(-90 14 {:.0f})\"", (kTop + kBottom) / 2));
  const double most = double(dots.empty() ? 1 : dots.front().pictures);
  for (const SizeCount& size : dots)
    out += fmt::format(
        "<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{:.1f}\" class=\"hit\" fill-opacity=\"0.6\">"
        "<title>{} × {}: {}</title></circle>\n",
        x.at(double(size.width)), y.at(double(size.height)),
        std::max(kSmallest, kLargest * std::sqrt(double(size.pictures) / most)), size.width,
        size.height, grouped(size.pictures));
  return out + "</svg>\n";
}

}  // namespace noyau::explain
