#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "explain/architecture/draw.hpp"
#include "explain/plot/svg.hpp"

namespace noyau::explain {
namespace {

/// From the left side of the source around to the left side of the target.
std::string skip_path(const Box& from, const Box& to, double x) {
  const double y1 = from.centre(), y2 = to.centre(), bend = std::min(26.0, (y2 - y1) / 2);
  return fmt::format(
      "M{:.1f} {:.1f}C{:.1f} {:.1f} {:.1f} {:.1f} {:.1f} {:.1f}V{:.1f}C{:.1f} {:.1f} "
      "{:.1f} {:.1f} {:.1f} {:.1f}",
      from.x, y1, x + 4, y1, x, y1 + 4, x, y1 + bend, y2 - bend, x, y2 - 4, x + 4, y2, to.x - 1,
      y2);
}

/// Down the lane of the source, then into the side of the target that faces it.
std::string side_path(const Box& from, const Box& to) {
  const double x = from.middle(), y = to.centre();
  const double side = x < to.middle() ? -1 : 1;
  return fmt::format("M{0:.1f} {1:.1f}V{2:.1f}C{0:.1f} {3:.1f} {4:.1f} {3:.1f} {5:.1f} {3:.1f}", x,
                     from.bottom(), std::max(from.bottom(), y - 24), y, x - 8 * side,
                     to.middle() + side * (to.width / 2 + 1));
}

std::string down_path(const Box& from, const Box& to) {
  const double x1 = from.middle(), y1 = from.bottom(), y2 = to.y - 1;
  const double x2 = to.width > from.width + 1 && to.height < 24
                        ? std::clamp(x1, to.x + 6, to.right() - 6)
                        : to.middle();
  if (std::abs(x1 - x2) < 0.5) return fmt::format("M{:.1f} {:.1f}V{:.1f}", x1, y1, y2);
  const double middle = (y1 + y2) / 2;
  return fmt::format("M{0:.1f} {1:.1f}C{0:.1f} {4:.1f} {2:.1f} {4:.1f} {2:.1f} {3:.1f}", x1, y1, x2,
                     y2, middle);
}

std::string draw_edge(const BlockLayout& layout, const PlacedEdge& edge, bool adds) {
  const Box& from = edge.from < 0 ? layout.port : layout.boxes[std::size_t(edge.from)];
  const Box& to = layout.boxes[std::size_t(edge.to)];
  const bool around = edge.route == Route::skip;
  const bool skip = around || (edge.route == Route::side && adds);
  const std::string path = around ? skip_path(from, to, layout.left - kSkipGap * (edge.skip + 1))
                           : edge.route == Route::side ? side_path(from, to)
                                                       : down_path(from, to);
  return fmt::format("<path class=\"{}\" d=\"{}\" marker-end=\"url(#{})\"/>\n",
                     skip ? "skip" : "edge", path, skip ? "skiparrow" : "arrow");
}

}  // namespace

std::string draw_layout(const Drawing& drawing, const Block& block, const BlockLayout& layout) {
  std::string out;
  for (const PlacedEdge& edge : layout.edges) {
    const Unit& target = drawing.units[std::size_t(layout.units[std::size_t(edge.to)])];
    out += draw_edge(layout, edge, target.op == "add");
  }
  const Box& port = layout.port;
  out += fmt::format(
      "<rect class=\"u port\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" "
      "rx=\"10\"/>\n",
      port.x, port.y, port.width, port.height);
  if (block.input >= 0)
    out += svg_text(port.middle(), port.centre() + 4, "s", "middle",
                    shape_text(drawing.units[std::size_t(block.input)].output));
  for (std::size_t i = 0; i < layout.boxes.size(); ++i)
    out += draw_unit(drawing.units[std::size_t(layout.units[i])], layout.boxes[i]);
  const Box& last = layout.boxes.back();
  const Unit& unit = drawing.units[std::size_t(layout.units.back())];
  out += fmt::format(
      "<path class=\"edge\" d=\"M{0:.1f} {1:.1f}V{2:.1f}\" marker-end=\"url(#arrow)\"/>\n",
      last.middle(), last.bottom(), last.bottom() + 28);
  return out + svg_text(last.middle(), last.bottom() + 42, "s", "middle", shape_text(unit.output));
}

}  // namespace noyau::explain
