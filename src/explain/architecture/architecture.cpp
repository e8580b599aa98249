#include <fmt/format.h>

#include <algorithm>

#include "explain/architecture/draw.hpp"
#include "explain/plot/svg.hpp"
#include "explain/text.hpp"
#include "explain/write_file.hpp"
#include "noyau/summary.hpp"

namespace noyau {
namespace explain {
namespace {

constexpr double kMargin = 24, kTop = 96, kWidth = 1200, kGap = 18;

constexpr std::string_view kMarkers = R"(<defs>
<marker id="arrow" markerWidth="8" markerHeight="8" refX="6" refY="3" orient="auto"><path d="M0 0L7 3L0 6Z" fill="#57606a"/></marker>
<marker id="skiparrow" markerWidth="6" markerHeight="6" refX="5" refY="3" orient="auto"><path d="M0 0L6 3L0 6Z" fill="#c2185b"/></marker>
</defs>
)";

std::string facts(const ModelSummary& summary) {
  return fmt::format("input {}, {} classes, {} parameters, {} multiply-adds",
                     shape_text(summary.input), summary.classes, grouped(summary.parameters),
                     grouped(summary.macs));
}

/// Kinds of blocks from left to right, row under row.
Piece draw_kinds(const Drawing& drawing, double left) {
  const double widest = kWidth - kMargin - left;
  Piece all;
  double x = left, y = kTop, row = 0;
  for (int kind = 0; kind < int(drawing.kinds.size()); ++kind) {
    const Piece size = draw_kind(drawing, kind, 0, 0, widest);
    if (x > left && x + size.width > kWidth - kMargin) {
      x = left;
      y += row + kGap;
      row = 0;
    }
    all.svg += draw_kind(drawing, kind, x, y, widest).svg;
    all.width = std::max(all.width, x + size.width);
    x += size.width + kGap;
    row = std::max(row, size.height);
  }
  all.height = y + row - kTop;
  return all;
}

}  // namespace
}  // namespace explain

std::string architecture_svg(const ModelSummary& summary) {
  using namespace explain;
  const Drawing drawing = group_blocks(fold_layers(summary.layers));
  const Piece column = draw_column(drawing, summary.input, kMargin, kTop);
  const Piece kinds = draw_kinds(drawing, kMargin + column.width + kGap);
  const Piece legend = draw_legend(drawing, kMargin, 64);
  const double width =
      std::max({kinds.width, kMargin + std::max(column.width, legend.width), 720.0}) + kMargin;
  const double height = kTop + std::max(column.height, kinds.height) + kMargin;
  std::string out = svg_open(width, height, summary.name, true);
  out += fmt::format("<style>{}</style>\n{}", kArchitectureStyle, kMarkers);
  out += svg_text(kMargin, 32, "title", "start", summary.name);
  out += svg_text(kMargin, 52, "label", "start", facts(summary));
  return out + legend.svg + column.svg + kinds.svg + "</svg>\n";
}

void write_architecture_svg(const std::string& path, const ModelSummary& summary) {
  explain::write_file(path, architecture_svg(summary));
}

}  // namespace noyau
