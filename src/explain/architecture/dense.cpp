#include <fmt/format.h>

#include <algorithm>

#include "explain/architecture/draw.hpp"
#include "explain/plot/svg.hpp"

namespace noyau::explain {
namespace {

constexpr int kMostLayers = 6;
constexpr double kStep = 54, kRadius = 13, kArc = 17;

}  // namespace

Piece draw_dense_arcs(int layers, double x, double y) {
  const int shown = std::min(layers, kMostLayers), dots = shown + 2;  // input, layers, output
  const double line = y + kArc * (dots - 1) + kRadius + 6;
  const auto at = [&](int dot) { return x + kRadius + 2 + dot * kStep; };
  Piece piece;
  for (int from = 0; from < dots; ++from)
    for (int to = from + 2; to < dots; ++to)
      piece.svg += fmt::format(
          "<path class=\"skip\" d=\"M{0:.1f} {2:.1f}C{0:.1f} {3:.1f} {1:.1f} {3:.1f} {1:.1f} "
          "{2:.1f}\"/>\n",
          at(from) + 3, at(to) - 3, line - kRadius, line - kRadius - kArc * 1.3 * (to - from - 1));
  for (int dot = 0; dot < dots; ++dot) {
    if (dot > 0)
      piece.svg += fmt::format(
          "<path class=\"edge\" d=\"M{:.1f} {:.1f}H{:.1f}\" marker-end=\"url(#arrow)\"/>\n",
          at(dot - 1) + kRadius, line, at(dot) - kRadius - 1);
    const bool end = dot == 0 || dot == dots - 1;
    piece.svg += fmt::format("<circle class=\"u {}\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{:.1f}\"/>\n",
                             end ? "join" : "conv", at(dot), line, kRadius);
    piece.svg += svg_text(at(dot), line + 4, "t", "middle",
                          dot == 0 ? "in"
                          : end    ? "out"
                                   : fmt::format("{}", dot));
  }
  piece.svg += svg_text(x, line + 34, "t", "start",
                        layers > shown
                            ? fmt::format("the first {} of {} layers; one of them:", shown, layers)
                            : "one of these layers:");
  piece.width = at(dots - 1) + kRadius + 2 - x;
  piece.height = line - y + 50;
  return piece;
}

}  // namespace noyau::explain
