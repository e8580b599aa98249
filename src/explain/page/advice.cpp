#include <fmt/format.h>

#include "explain/page/sections.hpp"
#include "explain/text.hpp"

namespace noyau::explain {

std::string advice(const ReportInput& input) {
  const AdviceTaken& advice = input.advice;
  if (advice.title.empty() && advice.choices.empty() && advice.reasons.empty()) return {};
  std::string out = "<section class=\"card\"><h2>Advice</h2>\n";
  if (!advice.title.empty()) out += fmt::format("<p>{}</p>\n", markup_escaped(advice.title));
  if (!advice.choices.empty()) {
    out += "<dl class=\"facts\">\n";
    for (const auto& [name, value] : advice.choices)
      out += fmt::format("<div><dt>{}</dt><dd>{}</dd></div>\n", markup_escaped(name),
                         markup_escaped(value));
    out += "</dl>\n";
  }
  if (!advice.reasons.empty()) {
    out += "<h3 style=\"margin-top:18px\">Why</h3>\n<ul class=\"reasons\">\n";
    for (const std::string& reason : advice.reasons)
      out += fmt::format("<li>{}</li>\n", markup_prose(reason));
    out += "</ul>\n";
  }
  return out + "</section>\n";
}

}  // namespace noyau::explain
