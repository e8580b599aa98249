// Pictures with several labels, or with values: how well each of them is answered.

#include <fmt/format.h>

#include <cmath>
#include <span>

#include "explain/page/sections.hpp"
#include "explain/plots.hpp"
#include "explain/text.hpp"

namespace noyau::explain {
namespace {

std::string cell(double value, const std::string& shown) {
  return fmt::format("<td data-value=\"{}\">{}</td>", std::isfinite(value) ? value : -1, shown);
}

std::string label_row(const AnswerScore& score) {
  return cell(score.average_precision, percent(score.average_precision, 1)) +
         cell(score.precision, percent(score.precision, 1)) +
         cell(score.recall, percent(score.recall, 1));
}

std::string value_row(const AnswerScore& score) {
  return cell(score.mean_absolute_error, number(score.mean_absolute_error)) +
         cell(score.r2, number(score.r2));
}

std::string table(const ReportInput& input) {
  const bool labels = input.task == Task::labels;
  std::string out =
      "<div class=\"scroll\"><table class=\"sortable\"><thead><tr><th scope=\"col\">name</th>";
  const char* label_heads[] = {"average precision", "precision", "recall", "images"};
  const char* value_heads[] = {"mean absolute error", "R²", "images"};
  for (const char* head : labels ? std::span<const char*>(label_heads) : value_heads)
    out += fmt::format("<th scope=\"col\">{}</th>", head);
  out += "</tr></thead>\n<tbody>\n";
  for (const AnswerScore& score : input.answers)
    out += fmt::format("<tr><td>{}</td>{}{}</tr>\n", markup_escaped(score.name),
                       labels ? label_row(score) : value_row(score),
                       cell(double(score.support), grouped(score.support)));
  return out + "</tbody></table></div>\n";
}

}  // namespace

std::string answers(const ReportInput& input) {
  if (input.answers.empty()) return {};
  std::string out = input.task == Task::labels
                        ? "<section class=\"card\"><h2>Labels</h2>\n<p class=\"soft\">Average "
                          "precision is the area under the curve of precision over recall; a label "
                          "is named where it is at least as likely as not.</p>\n"
                        : "<section class=\"card\"><h2>Values</h2>\n<p class=\"soft\">The mean "
                          "absolute error is in the unit of the value; R² is 1 where all is right "
                          "and 0 where the mean would do as well.</p>\n";
  out += table(input);
  for (const ScatterPlot& plot : scatter_plots(input)) {
    const std::string svg = to_svg(plot);
    const auto* bytes = reinterpret_cast<const uint8_t*>(svg.data());
    out += fmt::format(
        "<img alt=\"{}: true and predicted values\" "
        "src=\"data:image/svg+xml;base64,{}\">\n",
        markup_escaped(plot.title), base64({bytes, svg.size()}));
  }
  return out + "</section>\n";
}

}  // namespace noyau::explain
