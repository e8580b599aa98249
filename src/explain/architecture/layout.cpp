#include "explain/architecture/layout.hpp"

#include <algorithm>
#include <cmath>

#include "explain/architecture/lanes.hpp"
#include "explain/plot/svg.hpp"

namespace noyau::explain {
namespace {

constexpr double kLaneGap = 14, kRankGap = 22, kPad = 8, kLetters = 11;
constexpr double kPortWidth = 96, kPortHeight = 20, kCircle = 26, kBar = 22;

bool is_circle(const Unit& unit) { return unit.kind == UnitKind::join && unit.op != "concat"; }

double box_height(const Unit& unit) {
  if (is_circle(unit)) return kCircle + (unit.tail.empty() ? 0 : 12);
  if (unit.op == "concat") return kBar;
  return subheading(unit).empty() ? 24 : 38;
}

std::vector<int> ranks_of(const Lanes& lanes) {
  std::vector<int> ranks;
  for (int i = 0; i < lanes.count(); ++i) {
    int rank = 0;
    for (int which = 0; which < lanes.sources(i); ++which) {
      const int source = lanes.source(i, which);
      rank = std::max(rank, source < 0 ? 0 : ranks[std::size_t(source)] + 1);
    }
    ranks.push_back(rank);
  }
  return ranks;
}

double box_width(const Lanes& lanes) {
  double width = 64;
  for (int i = 0; i < lanes.count(); ++i) {
    if (lanes.unit(i).kind == UnitKind::join) continue;
    width = std::max(width, text_width(heading(lanes.unit(i)), kLetters) + 2 * kPad);
    width = std::max(width, text_width(subheading(lanes.unit(i)), kLetters - 1) + 2 * kPad);
  }
  return std::ceil(width);
}

/// The top of each rank, and below the last one the end of the drawing.
std::vector<double> tops_of(const Lanes& lanes, const std::vector<int>& ranks) {
  std::vector<double> heights;
  for (int i = 0; i < lanes.count(); ++i) {
    const auto rank = std::size_t(ranks[std::size_t(i)]);
    if (heights.size() <= rank) heights.resize(rank + 1, 0);
    heights[rank] = std::max(heights[rank], box_height(lanes.unit(i)));
  }
  std::vector<double> tops{kPortHeight + kRankGap};
  for (const double height : heights) tops.push_back(tops.back() + height + kRankGap);
  return tops;
}

bool blocked(const BlockLayout& layout, const Box& from, const Box& to) {
  return std::any_of(layout.boxes.begin(), layout.boxes.end(), [&](const Box& box) {
    return box.y >= from.bottom() && box.bottom() <= to.y &&
           std::abs(box.middle() - from.middle()) < box.width / 2 + 2;
  });
}

void add_edges(const Lanes& lanes, BlockLayout& layout) {
  int skips = 0;
  for (int i = 0; i < lanes.count(); ++i) {
    for (int which = 0; which < lanes.sources(i); ++which) {
      PlacedEdge edge{lanes.source(i, which), i, Route::down, 0};
      const Box& from = edge.from < 0 ? layout.port : layout.boxes[std::size_t(edge.from)];
      if (!lanes.is_parent(edge.from, i)) {
        if (blocked(layout, from, layout.boxes[std::size_t(i)]))
          edge.route = Route::skip;
        else if (is_circle(lanes.unit(i)))
          edge.route = Route::side;
      }
      if (edge.route == Route::skip) edge.skip = skips++;
      layout.edges.push_back(edge);
    }
  }
  const double shift = skips * kSkipGap + (skips > 0 ? 6 : 0);
  layout.left = shift;
  layout.port.x += shift;
  for (Box& box : layout.boxes) box.x += shift;
  layout.width += shift;
}

}  // namespace

BlockLayout lay_out(const std::vector<Unit>& all, const std::vector<int>& units) {
  const Lanes lanes(all, units);
  const std::vector<int> ranks = ranks_of(lanes);
  const std::vector<double> tops = tops_of(lanes, ranks);
  const double width = box_width(lanes), lane = width + kLaneGap;
  const double side = std::max(0.0, (kPortWidth - width) / 2);  // a port wider than its lane
  const auto middle = [&](int i) { return side + lanes.lane(i) * lane + width / 2; };
  BlockLayout layout;
  layout.units = units;
  layout.port = {middle(-1) - kPortWidth / 2, 0, kPortWidth, kPortHeight};
  layout.width = 2 * side + std::max(1.0, lanes.lanes()) * lane - kLaneGap;
  layout.height = tops.back();
  for (int i = 0; i < lanes.count(); ++i) {
    const Unit& unit = lanes.unit(i);
    double own = is_circle(unit) ? kCircle : width;
    if (unit.op == "concat") own = std::max(width, layout.width - 2 * side);
    const double x = unit.op == "concat" ? side : middle(i) - own / 2;
    const double height = is_circle(unit) ? kCircle : box_height(unit);
    layout.boxes.push_back({x, tops[std::size_t(ranks[std::size_t(i)])], own, height});
  }
  add_edges(lanes, layout);
  return layout;
}

}  // namespace noyau::explain
