#include <fmt/format.h>

#include <array>

#include "explain/architecture/draw.hpp"
#include "explain/plot/svg.hpp"
#include "explain/text.hpp"

namespace noyau::explain {

const std::string_view kArchitectureStyle = R"(
.u{stroke-width:1.2}
.conv{fill:#dbeafe;stroke:#1f6fb4}.grouped{fill:#cfd3fb;stroke:#4549c2}
.depthwise{fill:#d3f2dd;stroke:#2a8a4a}.pool{fill:#fde1d3;stroke:#c9510c}
.linear{fill:#eadffb;stroke:#7b4fb5}.norm{fill:#f1f3f5;stroke:#8c959f}
.join{fill:#fff1c2;stroke:#a3730a}.other{fill:#ffffff;stroke:#8c959f}
.block{fill:#e9eef3;stroke:#3c4a59}.port{fill:#ffffff;stroke:#8c959f;stroke-dasharray:3 2}
.panel{fill:#fbfcfd;stroke:#d8dee4}
.edge{fill:none;stroke:#57606a;stroke-width:1.3}
.skip{fill:none;stroke:#c2185b;stroke-width:2}
.t{font-size:11px}.s{font-size:10px;fill:#57606a}.b{font-size:13px;font-weight:600}
.badge{fill:#3c4a59}.on{fill:#ffffff;font-size:12px;font-weight:600}
)";

namespace {

struct KindLook {
  UnitKind kind;
  std::string_view css, text;
};
constexpr std::array kKinds{
    KindLook{UnitKind::conv, "conv", "convolution"},
    KindLook{UnitKind::grouped, "grouped", "grouped convolution"},
    KindLook{UnitKind::depthwise, "depthwise", "depthwise convolution"},
    KindLook{UnitKind::pool, "pool", "pooling"},
    KindLook{UnitKind::linear, "linear", "linear"},
    KindLook{UnitKind::norm, "norm", "norm or activation"},
    KindLook{UnitKind::join, "join", "add, multiply, concatenate"},
    KindLook{UnitKind::other, "other", "other"},
};

std::string_view css_of(UnitKind kind) {
  for (const KindLook& look : kKinds)
    if (look.kind == kind) return look.css;
  return "other";
}

std::string draw_circle(const Unit& unit, const Box& box) {
  std::string out =
      fmt::format("<circle class=\"u join\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{:.1f}\"/>\n",
                  box.middle(), box.centre(), box.width / 2);
  out += svg_text(box.middle(), box.centre() + 5, "b", "middle", unit.title);
  std::string tail;
  for (const std::string& part : unit.tail) tail += (tail.empty() ? "" : ", ") + part;
  if (!tail.empty()) out += svg_text(box.middle() + 6, box.bottom() + 12, "s", "start", tail);
  return out;
}

std::string draw_rectangle(const Unit& unit, const Box& box) {
  return fmt::format(
      "<rect class=\"u {}\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" "
      "rx=\"4\"/>\n",
      css_of(unit.kind), box.x, box.y, box.width, box.height);
}

}  // namespace

std::string draw_heading(const Unit& unit, const Box& box) {
  return draw_rectangle(unit, box) +
         svg_text(box.middle(), box.centre() + 4, "t", "middle", heading(unit));
}

std::string draw_unit(const Unit& unit, const Box& box) {
  if (unit.kind == UnitKind::join && unit.op != "concat") return draw_circle(unit, box);
  if (unit.op == "concat")
    return draw_rectangle(unit, box) + svg_text(box.middle(), box.centre() + 4, "t", "middle",
                                                fmt::format("concat to {}", unit.output[-1]));
  const std::string second = subheading(unit);
  if (second.empty()) return draw_heading(unit, box);
  return draw_rectangle(unit, box) +
         svg_text(box.middle(), box.centre() - 3, "t", "middle", heading(unit)) +
         svg_text(box.middle(), box.centre() + 11, "s", "middle", second);
}

Piece draw_legend(const Drawing& drawing, double x, double y) {
  Piece piece;
  double at = x;
  for (const KindLook& look : kKinds) {
    bool used = false;
    for (const Unit& unit : drawing.units) used = used || unit.kind == look.kind;
    if (!used) continue;
    piece.svg += fmt::format(
        "<rect class=\"{}\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"14\" height=\"14\" rx=\"3\"/>\n",
        look.css, at, y);
    piece.svg += svg_text(at + 20, y + 11, "t", "start", look.text);
    at += 20 + text_width(look.text, 11) + 18;
  }
  piece.width = at - x;
  piece.height = 14;
  return piece;
}

}  // namespace noyau::explain
