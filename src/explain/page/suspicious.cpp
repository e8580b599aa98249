// Labels that may be wrong.

#include <fmt/format.h>

#include <algorithm>

#include "explain/page/picture.hpp"
#include "explain/page/sections.hpp"
#include "explain/text.hpp"

namespace noyau::explain {
namespace {

std::string item(const ReportInput& input, std::size_t which) {
  const SuspiciousLabel& label = input.suspicious[which];
  const std::string what = fmt::format("suspicious label {}", which);
  const std::string given = class_name(input, label.given_class, what);
  const std::string suggested = class_name(input, label.suggested_class, what);
  const std::string source = markup_escaped(label.source);
  return fmt::format(
      "<li>{}<dl><dt>label</dt><dd><b>{}</b></dd>{}<dt>looks like</dt><dd><b>{}</b></dd>{}</dl>"
      "<p class=\"source\">{}</p></li>\n",
      picture_element(label.picture,
                      fmt::format("{}: {}, looks like {}", source, given, suggested)),
      given, probability_row(label.probability_given, "wrong"), suggested,
      probability_row(label.probability_suggested, ""), source);
}

}  // namespace

std::string suspicious_labels(const ReportInput& input) {
  if (input.suspicious.empty()) return {};
  const int64_t total = std::max(input.suspicious_total, std::ssize(input.suspicious));
  std::string out = fmt::format(
      "<section class=\"card\"><h2>Suspicious labels</h2>\n<p class=\"soft\">{} {} another class "
      "than the label says, by a linear head that did not see that picture; the most suspicious "
      "first. Look at them before you change any: rare kinds of pictures stand here too.</p>\n"
      "<ul class=\"mistakes\">\n",
      grouped(total), total == 1 ? "picture looks like" : "pictures look like");
  for (std::size_t i = 0; i < input.suspicious.size(); ++i) out += item(input, i);
  out += "</ul>\n";
  if (total > std::ssize(input.suspicious))
    out += fmt::format("<p class=\"soft\">and {} more</p>\n",
                       grouped(total - std::ssize(input.suspicious)));
  return out + "</section>\n";
}

}  // namespace noyau::explain
