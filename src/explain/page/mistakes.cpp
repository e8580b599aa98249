#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "explain/page/picture.hpp"
#include "explain/page/sections.hpp"
#include "explain/text.hpp"

namespace noyau::explain {
namespace {

constexpr std::size_t kMostSkippedShown = 500;

std::string item(const ReportInput& input, std::size_t which) {
  const Mistake& mistake = input.mistakes[which];
  const std::string what = fmt::format("mistake {}", which);
  const std::string truth = class_name(input, mistake.true_class, what);
  const std::string predicted = class_name(input, mistake.predicted_class, what);
  const std::string source = markup_escaped(mistake.source);
  std::string out =
      fmt::format("<li>{}<dl><dt>true</dt><dd><b>{}</b></dd>{}<dt>said</dt><dd><b>{}</b></dd>{}",
                  picture_element(mistake.picture,
                                  fmt::format("{}: {}, taken for {}", source, truth, predicted)),
                  truth, probability_row(mistake.probability_true, ""), predicted,
                  probability_row(mistake.probability_predicted, "wrong"));
  if (std::isfinite(mistake.loss)) out += fmt::format("<dt>loss</dt><dd>{:.2f}</dd>", mistake.loss);
  return out + fmt::format("</dl><p class=\"source\">{}</p></li>\n", source);
}

}  // namespace

std::string mistakes(const ReportInput& input) {
  if (input.mistakes.empty()) return {};
  std::string out = fmt::format(
      "<section class=\"card\"><h2>Worst mistakes</h2>\n<p class=\"soft\">Images of the {} part "
      "that "
      "the network got wrong, the least likely true class first. A class that looks right in spite "
      "of its label hints at a wrong label.</p>\n<ul class=\"mistakes\">\n",
      markup_escaped(input.evaluated_part));
  for (std::size_t i = 0; i < input.mistakes.size(); ++i) out += item(input, i);
  return out + "</ul></section>\n";
}

std::string skipped(const ReportInput& input) {
  const int64_t total = std::max(input.skipped_total, std::ssize(input.skipped));
  if (total == 0) return {};
  const std::size_t shown = std::min(input.skipped.size(), kMostSkippedShown);
  std::string out = fmt::format(
      "<section class=\"card\"><h2>Skipped files</h2>\n<p class=\"soft\">{} {} not used.</p>\n",
      grouped(total), total == 1 ? "file was" : "files were");
  if (shown > 0) {
    out +=
        "<div class=\"scroll\"><table><thead><tr><th scope=\"col\">file</th>"
        "<th scope=\"col\" class=\"left\">reason</th></tr></thead>\n<tbody>\n";
    for (std::size_t i = 0; i < shown; ++i)
      out += fmt::format("<tr><td>{}</td><td class=\"left\">{}</td></tr>\n",
                         markup_escaped(input.skipped[i].path),
                         markup_escaped(input.skipped[i].reason));
    out += "</tbody></table></div>\n";
  }
  const int64_t left = total - static_cast<int64_t>(shown);
  if (left > 0 && shown > 0)
    out += fmt::format("<p class=\"soft\">and {} more</p>\n", grouped(left));
  return out + "</section>\n";
}

}  // namespace noyau::explain
