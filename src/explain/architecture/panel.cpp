#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "explain/architecture/draw.hpp"
#include "explain/plot/svg.hpp"
#include "explain/text.hpp"

namespace noyau::explain {
namespace {

constexpr double kPad = 14, kHeader = 64, kFooter = 54;

/// The units that are drawn: of a dense block those of its first layer.
std::vector<int> drawn_units(const Block& block) {
  if (block.dense_layers == 0) return block.units;
  const auto count = std::ptrdiff_t(block.units.size()) / block.dense_layers;
  return {block.units.begin(), block.units.begin() + count};
}

bool has(const Drawing& drawing, const Block& block, std::string_view op) {
  return std::any_of(block.units.begin(), block.units.end(),
                     [&](int unit) { return drawing.units[std::size_t(unit)].op == op; });
}

std::string residual_text(const Unit& last, const Block& block) {
  const bool identity =
      std::find(last.inputs.begin(), last.inputs.end(), block.input) != last.inputs.end();
  return identity ? "residual, identity shortcut" : "residual, projection shortcut";
}

/// How many ways leave the narrowest place of the block: its input, or a unit that all read.
std::size_t branches(const Drawing& drawing, const Block& block) {
  std::map<int, std::size_t> readers;
  for (const int unit : block.units)
    for (const int input : drawing.units[std::size_t(unit)].inputs) ++readers[input];
  std::size_t most = 0;
  for (const auto& [unit, count] : readers) most = std::max(most, count);
  return most;
}

/// What a reader would call the block.
std::string describe(const Drawing& drawing, const Block& block) {
  const Unit& last = drawing.units[std::size_t(block.units.back())];
  if (block.dense_layers > 0) return "each layer reads all before it";
  if (last.op == "concat")
    return fmt::format("{} branches, concatenated", branches(drawing, block));
  std::string text = last.op == "add" ? residual_text(last, block) : std::string("plain chain");
  if (last.op != "add" && std::any_of(block.units.begin(), block.units.end(), [&](int unit) {
        return drawing.units[std::size_t(unit)].kind == UnitKind::depthwise;
      }))
    text = "depthwise separable";
  return has(drawing, block, "mul") ? text + ", squeeze and excite" : text;
}

std::string also(const BlockKind& kind) {
  if (kind.names.size() == 1) return "once in this network";
  if (kind.names.size() == 2) return "also " + kind.names.back();
  return fmt::format("also {} others to {}", kind.names.size() - 1, kind.names.back());
}

BlockLayout moved(BlockLayout layout, double x, double y) {
  const auto move = [&](Box& box) {
    box.x += x;
    box.y += y;
  };
  move(layout.port);
  for (Box& box : layout.boxes) move(box);
  layout.left += x;
  return layout;
}

std::string header(const Drawing& drawing, const BlockKind& kind, int index, double x, double y,
                   double width) {
  const auto fitting = [&](double size) { return std::size_t(width / (0.6 * size) + 0.5); };
  std::string out = fmt::format("<circle class=\"badge\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"10\"/>\n",
                                x + kPad + 10, y + 20);
  out += svg_text(x + kPad + 10, y + 24, "on", "middle", letter_of(index));
  out += svg_text(x + kPad + 28, y + 24, "b", "start", shortened(kind.block.name, fitting(13) - 4));
  out += svg_text(x + kPad, y + 42, "t", "start",
                  shortened(describe(drawing, kind.block), fitting(11)));
  return out + svg_text(x + kPad, y + 56, "s", "start", shortened(also(kind), fitting(10)));
}

}  // namespace

std::string letter_of(int kind) { return kind < 26 ? std::string(1, char('A' + kind)) : "?"; }

Piece draw_kind(const Drawing& drawing, int index, double x, double y, double widest) {
  const BlockKind& kind = drawing.kinds[std::size_t(index)];
  const BlockLayout layout = lay_out(drawing.units, drawn_units(kind.block));
  const double texts =
      std::max({28 + text_width(kind.block.name, 13), text_width(describe(drawing, kind.block), 11),
                text_width(also(kind), 10)});
  Piece arcs;
  if (kind.block.dense_layers > 0) arcs = draw_dense_arcs(kind.block.dense_layers, 0, 0);
  Piece piece;
  piece.width =
      2 * kPad + std::max(std::min(texts, widest - 2 * kPad), std::max(layout.width, arcs.width));
  piece.height = kHeader + arcs.height + layout.boxes.back().bottom() + kFooter;
  piece.svg = fmt::format(
      "<rect class=\"panel\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" "
      "rx=\"8\"/>\n",
      x, y, piece.width, piece.height);
  piece.svg += header(drawing, kind, index, x, y, piece.width - 2 * kPad);
  if (arcs.height > 0)
    piece.svg += draw_dense_arcs(kind.block.dense_layers, x + kPad, y + kHeader).svg;
  const double indent = (piece.width - layout.width) / 2;
  return {piece.svg + draw_layout(drawing, kind.block,
                                  moved(layout, x + indent, y + kHeader + arcs.height)),
          piece.width, piece.height};
}

}  // namespace noyau::explain
