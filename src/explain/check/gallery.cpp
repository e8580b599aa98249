#include <fmt/format.h>

#include <algorithm>

#include "data/slices.hpp"
#include "explain/check/csv.hpp"
#include "explain/check/sections.hpp"
#include "explain/text.hpp"
#include "noyau/error.hpp"
#include "noyau/report.hpp"

namespace noyau::explain {
namespace {

constexpr std::int64_t kSide = 104;  // of an embedded picture, pixels
constexpr std::size_t kMostGroups = 24, kMostMembers = 6, kMostOfKind = 16;
constexpr std::size_t kMostUnreadable = 500;

std::string embedded(const Dataset& data, const PictureFacts& facts) {
  try {
    Image image = data.load(facts.sample);
    if (image.depth > 1) image = data::slice(image, image.depth / 2);
    const std::int64_t longer = std::max(image.height, image.width);
    if (longer > kSide)
      image = resize(image, std::max<std::int64_t>(1, image.height * kSide / longer),
                     std::max<std::int64_t>(1, image.width * kSide / longer));
    const Picture picture{int(image.height), int(image.width), int(image.channels),
                          std::move(image.pixels)};
    return fmt::format("<img{} alt=\"{}\" src=\"data:image/png;base64,{}\">",
                       longer <= kSide ? " class=\"small\"" : "", markup_escaped(facts.name),
                       base64(encode_png(picture)));
  } catch (const Error&) {
    return "<div class=\"blank\"></div>";  // gone since it was checked
  }
}

std::string item(const DataCheck& check, const Dataset& data, std::int64_t picture,
                 const std::string& note = {}) {
  const PictureFacts& facts = check.pictures[std::size_t(picture)];
  std::string out = fmt::format("<li>{}<dl><dt>part</dt><dd>{}</dd>", embedded(data, facts),
                                to_string(facts.part));
  if (const std::string label = label_text(check, facts); !label.empty())
    out += fmt::format("<dt>label</dt><dd><b>{}</b></dd>", markup_escaped(label));
  out += fmt::format("<dt>size</dt><dd>{} × {}</dd>", facts.width, facts.height);
  if (!note.empty()) out += fmt::format("<dt>note</dt><dd>{}</dd>", markup_escaped(note));
  return out + fmt::format("</dl><p class=\"source\">{}</p></li>\n", markup_escaped(facts.name));
}

std::string group_block(const DataCheck& check, const Dataset& data, std::size_t number) {
  const DuplicateGroup& group = check.duplicates[number];
  const std::size_t shown = std::min(group.pictures.size(), kMostMembers);
  std::string out =
      fmt::format("<h3>Group {}: {} pictures, {}</h3>\n<ul class=\"mistakes group\">\n", number + 1,
                  grouped(std::ssize(group.pictures)), description(group.likeness));
  for (std::size_t i = 0; i < shown; ++i) out += item(check, data, group.pictures[i]);
  out += "</ul>\n";
  if (shown < group.pictures.size())
    out += fmt::format("<p class=\"soft\">and {} more</p>\n",
                       grouped(std::ssize(group.pictures) - std::int64_t(shown)));
  return out;
}

/// The groups that `wanted` says yes to.
template <class Wanted>
std::string groups_section(const DataCheck& check, const Dataset& data, const char* title,
                           const char* text, const Wanted& wanted) {
  std::vector<std::size_t> numbers;
  for (std::size_t i = 0; i < check.duplicates.size(); ++i)
    if (wanted(check.duplicates[i])) numbers.push_back(i);
  if (numbers.empty()) return {};
  std::string out =
      fmt::format("<section class=\"card\"><h2>{}</h2>\n<p class=\"soft\">{}</p>\n", title, text);
  for (std::size_t i = 0; i < std::min(numbers.size(), kMostGroups); ++i)
    out += group_block(check, data, numbers[i]);
  if (numbers.size() > kMostGroups)
    out += fmt::format("<p class=\"soft\">and {} more groups, in the CSV files</p>\n",
                       grouped(std::ssize(numbers) - std::int64_t(kMostGroups)));
  return out + "</section>\n";
}

}  // namespace

std::string leak_gallery(const DataCheck& check, const Dataset& data) {
  return groups_section(check, data, "Leaks",
                        "Duplicates in more than one part: what is tested on was seen in training. "
                        "All of them are in leaks.csv.",
                        [](const DuplicateGroup& group) { return group.leak; });
}

std::string label_gallery(const DataCheck& check, const Dataset& data) {
  return groups_section(check, data, "Duplicates with different labels",
                        "One of the labels may be wrong.",
                        [](const DuplicateGroup& group) { return group.labels_differ; });
}

std::string duplicate_gallery(const DataCheck& check, const Dataset& data) {
  return groups_section(
      check, data, "Duplicates within a part", "All groups are in duplicates.csv.",
      [](const DuplicateGroup& group) { return !group.leak && !group.labels_differ; });
}

std::string odd_gallery(const DataCheck& check, const Dataset& data) {
  std::string items;
  std::map<std::string, std::size_t> shown;
  std::size_t left = 0;
  for (const Issue& issue : check.issues) {
    if (issue.kind == "unreadable" || issue.picture < 0) continue;
    if (++shown[issue.kind] > kMostOfKind)
      ++left;
    else
      items += item(check, data, issue.picture, issue.kind + ": " + issue.detail);
  }
  if (items.empty()) return {};
  std::string out =
      "<section class=\"card\"><h2>Odd pictures</h2>\n<p class=\"soft\">Unlike the others: blank, "
      "tiny, elongated, with another colour, or named as another format. Nothing is wrong with "
      "them for sure.</p>\n<ul class=\"mistakes\">\n" +
      items + "</ul>\n";
  if (left > 0)
    out += fmt::format("<p class=\"soft\">and {} more in issues.csv</p>\n",
                       grouped(std::int64_t(left)));
  return out + "</section>\n";
}

std::string unreadable_table(const DataCheck& check) {
  std::string rows;
  std::size_t count = 0;
  for (const Issue& issue : check.issues) {
    if (issue.kind != "unreadable" || ++count > kMostUnreadable) continue;
    rows += fmt::format("<tr><td>{}</td><td class=\"left\">{}</td></tr>\n",
                        markup_escaped(issue.name), markup_escaped(issue.detail));
  }
  if (count == 0) return {};
  std::string out = fmt::format(
      "<section class=\"card\"><h2>Unreadable files</h2>\n<p class=\"soft\">{} {} skipped by "
      "training.</p>\n<div class=\"scroll\"><table><thead><tr><th scope=\"col\">file</th><th "
      "scope=\"col\" class=\"left\">reason</th></tr></thead>\n<tbody>\n{}</tbody></table></div>\n",
      grouped(std::int64_t(count)), count == 1 ? "file is" : "files are", rows);
  if (count > kMostUnreadable)
    out += fmt::format("<p class=\"soft\">and {} more in issues.csv</p>\n",
                       grouped(std::int64_t(count - kMostUnreadable)));
  return out + "</section>\n";
}

}  // namespace noyau::explain
