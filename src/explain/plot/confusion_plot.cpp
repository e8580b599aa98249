#include "explain/plot/confusion_plot.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "explain/plot/svg.hpp"
#include "explain/text.hpp"
#include "noyau/error.hpp"

namespace noyau::explain {
namespace {

constexpr std::size_t kLongestName = 24;

struct Layout {
  double cell, font;       // side of a cell, size of class names
  double left, top, side;  // the square
  bool slanted;            // names below the columns
  double width, height;
};

Layout make_layout(const std::vector<std::string>& labels, bool with_title) {
  const auto n = static_cast<double>(labels.size());
  Layout at{};
  at.cell = std::clamp(std::floor(640 / n), n <= 110 ? 14.0 : 4.0, 88.0);
  at.font = std::clamp(at.cell * 0.7, 2.0, 12.0);
  double longest = 0;
  for (const std::string& label : labels) longest = std::max(longest, text_width(label, at.font));
  at.slanted = longest > at.cell - 6;
  // A slanted first column's name reaches to the left of the square.
  at.left = std::max(40 + longest, at.slanted ? 0.72 * longest : 0.0) + 12;
  at.top = with_title ? 56 : 28;
  at.side = at.cell * n;
  at.width = at.left + std::max(at.side, 300.0) + 20;
  at.height = at.top + at.side + (at.slanted ? 0.72 * longest : at.font) + 46;
  return at;
}

std::string names(const Layout& at, const std::vector<std::string>& labels) {
  std::string out;
  const std::string size = fmt::format("style=\"font-size:{:.1f}px\"", at.font);
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const double middle = (static_cast<double>(i) + 0.5) * at.cell;
    out += svg_text(at.left - 8, at.top + middle + 0.35 * at.font, "name", "end", labels[i], size);
    const double x = at.left + middle, y = at.top + at.side + 6 + at.font;
    if (!at.slanted)
      out += svg_text(x, y + 2, "name", "middle", labels[i], size);
    else
      out += svg_text(
          x + 0.3 * at.font, y, "name", "end", labels[i],
          fmt::format("{} transform=\"rotate(-45 {:.1f} {:.1f})\"", size, x + 0.3 * at.font, y));
  }
  out += svg_text(at.left + at.side / 2, at.height - 10, "label", "middle", "predicted class");
  const double middle = at.top + at.side / 2;
  out += svg_text(16, middle, "label", "middle", "true class",
                  fmt::format("transform=\"rotate(-90 16 {:.1f})\"", middle));
  return out;
}

std::string grid(const Layout& at, std::size_t classes) {
  std::string path;
  for (std::size_t i = 0; i <= classes; ++i) {
    const double step = static_cast<double>(i) * at.cell;
    path += fmt::format("M{:.1f} {:.1f}h{:.1f}M{:.1f} {:.1f}v{:.1f}", at.left, at.top + step,
                        at.side, at.left + step, at.top, at.side);
  }
  return fmt::format("<path d=\"{}\" class=\"grid\"/>\n", path);
}

std::string cell(const Layout& at, const ConfusionMatrix& matrix, int truth, int predicted,
                 int64_t row_total, const std::vector<std::string>& full_names) {
  const int64_t count = matrix.at(truth, predicted);
  const double share = static_cast<double>(count) / static_cast<double>(row_total);
  const bool right = truth == predicted;
  // The root makes rare mistakes visible beside frequent ones.
  const double strength = std::max(0.08, right ? share : std::sqrt(share));
  const double x = at.left + predicted * at.cell, y = at.top + truth * at.cell;
  std::string out = fmt::format(
      "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" class=\"{}\" "
      "fill-opacity=\"{:.2f}\"><title>true: {}\npredicted: {}\n{} of {} ({})</title></rect>",
      x, y, at.cell, at.cell, right ? "hit" : "miss", strength,
      markup_escaped(full_names[static_cast<std::size_t>(truth)]),
      markup_escaped(full_names[static_cast<std::size_t>(predicted)]), grouped(count),
      grouped(row_total), percent(share, 1));
  const std::string digits = std::to_string(count);
  const double font = std::min({13.0, 0.5 * at.cell, 0.85 * at.cell / text_width(digits, 1.0)});
  if (font >= 6.5)
    out += svg_text(x + at.cell / 2, y + at.cell / 2 + 0.35 * font,
                    strength > 0.6 ? "count on" : "count", "middle", digits,
                    fmt::format("style=\"font-size:{:.1f}px\"", font));
  return out + '\n';
}

std::string cells(const Layout& at, const ConfusionMatrix& matrix,
                  const std::vector<std::string>& full_names) {
  std::string out;
  for (int truth = 0; truth < matrix.classes; ++truth) {
    int64_t row_total = 0;
    for (int predicted = 0; predicted < matrix.classes; ++predicted)
      row_total += matrix.at(truth, predicted);
    for (int predicted = 0; predicted < matrix.classes; ++predicted)
      if (matrix.at(truth, predicted) > 0)
        out += cell(at, matrix, truth, predicted, row_total, full_names);
  }
  return out;
}

}  // namespace

std::string to_svg(const ConfusionMatrix& matrix, const std::vector<std::string>& full_names,
                   bool standalone) {
  if (full_names.size() != static_cast<std::size_t>(matrix.classes) || matrix.classes < 1)
    throw Error(ErrorCode::shape_mismatch, "confusion matrix",
                fmt::format("{} class names", full_names.size()),
                fmt::format("{}, one per class", matrix.classes));
  std::vector<std::string> labels;
  for (const std::string& name : full_names)
    labels.push_back(shortened(escaped(name), kLongestName));
  const Layout at = make_layout(labels, standalone);
  std::string out = svg_open(at.width, at.height, "Confusion matrix", standalone);
  if (standalone) out += svg_text(16, 26, "title", "start", "Confusion matrix");
  out += svg_text(
      16, at.top - 12, "label", "start",
      fmt::format("{} examples, {} right", grouped(matrix.total()), percent(matrix.accuracy())));
  out += grid(at, labels.size()) + cells(at, matrix, full_names) + names(at, labels);
  return out + "</svg>\n";
}

}  // namespace noyau::explain
