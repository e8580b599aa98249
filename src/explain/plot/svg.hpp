#pragma once

#include <string>
#include <string_view>

namespace noyau::explain {

/// The style sheet of plots that stand alone: light background, one palette. In a report the page's
/// own style sheet takes its place.
extern const std::string_view kPlotStyle;

/// Opens an SVG document of width x height units with a title for screen readers; with
/// `standalone`, the style sheet and the background come along.
std::string svg_open(double width, double height, std::string_view title, bool standalone);

/// A text element. `anchor` is start, middle or end; `extra` holds further attributes.
std::string svg_text(double x, double y, std::string_view css_class, std::string_view anchor,
                     std::string_view text, std::string_view extra = {});

/// A straight line.
std::string svg_line(double x1, double y1, double x2, double y2, std::string_view css_class);

/// Estimated width of `text` in a common sans-serif font of that size, in units.
double text_width(std::string_view text, double font_size);

}  // namespace noyau::explain
