// Pictures that are there more than once.

#include <fmt/format.h>

#include <algorithm>

#include "explain/page/picture.hpp"
#include "explain/page/sections.hpp"
#include "explain/text.hpp"

namespace noyau::explain {
namespace {

std::string group(const PictureGroup& group) {
  std::string out = fmt::format("<h3>{}</h3>\n<ul class=\"mistakes\">\n",
                                markup_escaped(group.note.empty() ? "alike" : group.note));
  for (const GroupedPicture& duplicate : group.pictures) {
    const std::string source = markup_escaped(duplicate.source);
    out += fmt::format("<li>{}<b>{}</b><p class=\"source\">{}</p></li>\n",
                       picture_element(duplicate.picture, source), markup_escaped(duplicate.place),
                       source);
  }
  return out + "</ul>\n";
}

}  // namespace

std::string duplicates(const ReportInput& input) {
  if (input.duplicates.empty()) return {};
  const int64_t total = std::max(input.duplicates_total, std::ssize(input.duplicates));
  std::string out = fmt::format(
      "<section class=\"card\"><h2>Duplicates</h2>\n<p class=\"soft\">{} {} of pictures that are "
      "there more than once. In two parts they make the measured accuracy too good; under two "
      "labels one of these is wrong.</p>\n",
      grouped(total), total == 1 ? "group" : "groups");
  for (const PictureGroup& one : input.duplicates) out += group(one);
  if (total > std::ssize(input.duplicates))
    out += fmt::format("<p class=\"soft\">and {} more</p>\n",
                       grouped(total - std::ssize(input.duplicates)));
  return out + "</section>\n";
}

}  // namespace noyau::explain
