#pragma once

#include <string>

#include "explain/architecture/layout.hpp"
#include "explain/architecture/stage.hpp"

namespace noyau::explain {

/// A piece of SVG and the room it takes.
struct Piece {
  std::string svg;
  double width = 0, height = 0;
};

/// Classes and colours of what the functions below draw, for a <style> element.
extern const std::string_view kArchitectureStyle;

/// "A" of kind 0.
std::string letter_of(int kind);

/// A labelled rectangle of the unit's colour, or the circle or bar of a join.
std::string draw_unit(const Unit& unit, const Box& box);
/// The rectangle with the first line only.
std::string draw_heading(const Unit& unit, const Box& box);
/// Chips with the kinds of boxes that the drawing has, from (x, y) on.
Piece draw_legend(const Drawing& drawing, double x, double y);

/// The units of a block at their places, with the edges between them, what comes in and what goes
/// out.
std::string draw_layout(const Drawing& drawing, const Block& block, const BlockLayout& layout);

/// The network from top to bottom.
Piece draw_column(const Drawing& drawing, const Shape& input, double x, double y);
/// One kind of block, opened up; `widest` is where its texts are cut.
Piece draw_kind(const Drawing& drawing, int kind, double x, double y, double widest);
/// Layers of a dense block in a row, with an arc from each to all behind it.
Piece draw_dense_arcs(int layers, double x, double y);

}  // namespace noyau::explain
