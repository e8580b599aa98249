#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "explain/architecture/draw.hpp"
#include "explain/plot/svg.hpp"
#include "explain/text.hpp"

namespace noyau::explain {
namespace {

constexpr double kNarrow = 116, kWide = 190, kLow = 24, kHigh = 44, kGap = 18, kMargin = 16;
constexpr std::size_t kLongestName = 32;

double share(double value, double most) {
  return most <= 1 ? 1 : std::clamp(std::log(std::max(value, 1.0)) / std::log(most), 0.0, 1.0);
}

/// Height tells the resolution and width the channels, both on a scale of logarithms.
class Scale {
 public:
  Scale(const Drawing& drawing, const Shape& input) : size_(extent(input)) {
    for (const Stage& stage : drawing.stages)
      channels_ = std::max(channels_, double(output(drawing, stage)[-1]));
  }
  static const Shape& output(const Drawing& drawing, const Stage& stage) {
    return drawing.units[std::size_t(stage.block.units.back())].output;
  }
  Box box(const Shape& shape, double x, double y) const {
    const double width = kNarrow + (kWide - kNarrow) * share(double(shape[-1]), channels_);
    const double height = kLow + (kHigh - kLow) * share(extent(shape), size_);
    return {x + (kWide - width) / 2, y, width, height};
  }

 private:
  static double extent(const Shape& shape) {
    return shape.rank() > 2 ? double(shape[shape.rank() - 2]) : 1;
  }
  double size_, channels_ = 1;
};

std::string arrow(double x, double from, double to) {
  return fmt::format(
      "<path class=\"edge\" d=\"M{0:.1f} {1:.1f}V{2:.1f}\" marker-end=\"url(#arrow)\"/>\n", x, from,
      to - 1);
}

/// The shortcut of a residual block, seen from outside.
std::string draw_shortcut(const Box& box) {
  return fmt::format(
      "<path class=\"skip\" d=\"M{0:.1f} {1:.1f}C{2:.1f} {1:.1f} {2:.1f} {3:.1f} {0:.1f} "
      "{3:.1f}\"/>\n",
      box.x, box.y + 3, box.x - 18, box.bottom() - 3);
}

std::string draw_block(const Stage& stage, const Box& box) {
  std::string out = fmt::format(
      "<rect class=\"u block\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" "
      "rx=\"4\"/>\n",
      box.x, box.y, box.width, box.height);
  if (stage.residual) out += draw_shortcut(box);
  std::string text = "block " + letter_of(stage.kind);
  if (stage.block.dense_layers > 0) text = fmt::format("{} layers", stage.block.dense_layers);
  if (stage.repeats > 1) text += fmt::format(" ×{}", stage.repeats);
  const double badge = box.x + 14;
  out += fmt::format("<circle class=\"badge\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"9\"/>\n", badge,
                     box.centre());
  out += svg_text(badge, box.centre() + 4, "on", "middle", letter_of(stage.kind));
  return out + svg_text(box.middle() + 8, box.centre() + 4, "b", "middle", text);
}

std::string draw_single(const Drawing& drawing, const Stage& stage, const Box& box) {
  Unit unit = drawing.units[std::size_t(stage.block.units.front())];
  unit.title = heading(unit);
  if (unit.kind == UnitKind::norm)
    for (const std::string& part : unit.tail) unit.title += ", " + part;
  if (stage.repeats > 1) unit.title += fmt::format(" ×{}", stage.repeats);
  unit.stride.clear();
  return draw_heading(unit, box);
}

std::string name_of(const Stage& stage) {
  if (stage.repeats == 1) return shortened(stage.block.name, kLongestName);
  return shortened(stage.block.name + " – " + stage.last_name, kLongestName);
}

}  // namespace

Piece draw_column(const Drawing& drawing, const Shape& input, double x, double y) {
  const Scale scale(drawing, input);
  const double middle = x + kMargin + kWide / 2, text = x + kMargin + kWide + 12;
  Piece piece;
  piece.svg = svg_text(middle, y + 12, "t", "middle", "input " + shape_text(input));
  double bottom = y + 18, longest = text_width(shape_text(input), 10);
  for (const Stage& stage : drawing.stages) {
    const Shape& output = Scale::output(drawing, stage);
    const Box box = scale.box(output, x + kMargin, bottom + kGap);
    piece.svg += arrow(middle, bottom, box.y);
    piece.svg += stage.kind < 0 ? draw_single(drawing, stage, box) : draw_block(stage, box);
    piece.svg += svg_text(text, box.centre() - 2, "t", "start", name_of(stage));
    longest = std::max(longest, text_width(name_of(stage), 11));
    piece.svg += svg_text(text, box.centre() + 12, "s", "start", shape_text(output));
    bottom = box.bottom();
  }
  piece.width = text - x + longest;
  piece.height = bottom - y;
  return piece;
}

}  // namespace noyau::explain
