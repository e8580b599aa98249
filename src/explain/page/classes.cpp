#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "explain/interval.hpp"
#include "explain/page/sections.hpp"
#include "explain/plot/confusion_plot.hpp"
#include "explain/text.hpp"

namespace noyau::explain {
namespace {

constexpr std::size_t kMostPairs = 10;
// Matrices of so many classes may shrink to the width of the page; the others scroll.
constexpr int kFewClasses = 6, kManyClasses = 30;

struct Pair {
  int truth, predicted;
  int64_t count, of;
};

// The most frequent mistakes, most frequent first.
std::vector<Pair> confused_pairs(const ConfusionMatrix& matrix) {
  std::vector<Pair> pairs;
  for (int truth = 0; truth < matrix.classes; ++truth) {
    int64_t row_total = 0;
    for (int other = 0; other < matrix.classes; ++other) row_total += matrix.at(truth, other);
    for (int predicted = 0; predicted < matrix.classes; ++predicted)
      if (predicted != truth && matrix.at(truth, predicted) > 0)
        pairs.push_back({truth, predicted, matrix.at(truth, predicted), row_total});
  }
  std::stable_sort(pairs.begin(), pairs.end(),
                   [](const Pair& a, const Pair& b) { return a.count > b.count; });
  if (pairs.size() > kMostPairs) pairs.resize(kMostPairs);
  return pairs;
}

std::string bar(double share, const char* css_class) {
  const double width = std::isfinite(share) ? 100 * share : 0;
  return fmt::format("<span class=\"bar {}\"><i style=\"width:{:.1f}%\"></i></span>", css_class,
                     width);
}

std::string share_cell(double share) {
  return fmt::format("<td data-value=\"{}\">{}{}</td>",
                     std::isfinite(share) ? fmt::format("{:.6f}", share) : "", bar(share, ""),
                     percent(share, 1));
}

// "81 – 93 %"
std::string interval_cell(const Interval& interval) {
  if (!std::isfinite(interval.mean)) return "<td></td>";
  return fmt::format("<td data-value=\"{:.6f}\">{:.1f} – {:.1f} %</td>", interval.low,
                     100 * interval.low, 100 * interval.high);
}

std::string pair_table(const ReportInput& input, const ConfusionMatrix& matrix) {
  const std::vector<Pair> pairs = confused_pairs(matrix);
  if (pairs.empty()) return "<p>No mistakes.</p>\n";
  std::string out =
      "<h3>Most frequent mistakes</h3>\n<div class=\"scroll\"><table><thead><tr>"
      "<th scope=\"col\">true class</th><th scope=\"col\" class=\"left\">taken for</th>"
      "<th scope=\"col\">count</th><th scope=\"col\">share of "
      "class</th></tr></thead>\n<tbody>\n";
  for (const Pair& pair : pairs) {
    const double share = static_cast<double>(pair.count) / static_cast<double>(pair.of);
    out += fmt::format("<tr><td>{}</td><td class=\"left\">{}</td><td>{}</td><td>{}{}</td></tr>\n",
                       markup_escaped(input.classes[static_cast<std::size_t>(pair.truth)]),
                       markup_escaped(input.classes[static_cast<std::size_t>(pair.predicted)]),
                       grouped(pair.count), bar(share, "wrong"), percent(share, 1));
  }
  return out + "</tbody></table></div>\n";
}

// Small matrices stay readable at any width, those in between down to the width of a tablet.
const char* width_class(int classes) {
  if (classes <= kFewClasses) return " fits";
  return classes <= kManyClasses ? " fits wide" : "";
}

}  // namespace

std::string confusion(const ReportInput& input, const ConfusionMatrix& matrix) {
  if (matrix.total() == 0) return {};
  return fmt::format(
      "<section class=\"card\"><h2>Confusion matrix</h2>\n"
      "<p class=\"soft\">Rows are true classes, columns what the network said. "
      "<span class=\"key hit\"></span> right, <span class=\"key miss\"></span> wrong; the stronger "
      "the colour, the larger the share of the true class. Point at a cell for its numbers.</p>\n"
      "<div class=\"scroll heat{}\">{}</div><div id=\"tip\" hidden></div>\n{}</section>\n",
      width_class(matrix.classes), to_svg(matrix, input.classes, false), pair_table(input, matrix));
}

std::string class_table(const ReportInput& input, const ConfusionMatrix& matrix) {
  if (matrix.total() == 0) return {};
  const std::vector<ClassScore> scores = class_scores(matrix);
  std::string out =
      "<section class=\"card\"><h2>Classes</h2>\n"
      "<p class=\"soft\">Recall is the accuracy within a class; its mean over the classes is the "
      "balanced accuracy. The true recall lies in the interval with 95 % confidence (Wilson): the "
      "fewer "
      "images, the wider.</p>\n<div class=\"scroll\"><table class=\"sortable\">"
      "<thead><tr><th scope=\"col\">class</th><th scope=\"col\">precision</th>"
      "<th scope=\"col\">recall</th><th scope=\"col\">95 % interval</th><th "
      "scope=\"col\">F1</th><th scope=\"col\">images</th></tr>"
      "</thead>\n<tbody>\n";
  for (std::size_t c = 0; c < scores.size(); ++c)
    out += fmt::format("<tr><td>{}</td>{}{}{}{}<td data-value=\"{}\">{}</td></tr>\n",
                       markup_escaped(input.classes[c]), share_cell(scores[c].precision),
                       share_cell(scores[c].recall),
                       interval_cell(share_interval(matrix.at(int(c), int(c)), scores[c].support)),
                       share_cell(scores[c].f1), scores[c].support, grouped(scores[c].support));
  return out + "</tbody></table></div></section>\n";
}

}  // namespace noyau::explain
