#include <fmt/format.h>

#include <algorithm>

#include "explain/check/sections.hpp"
#include "explain/check/size_plot.hpp"
#include "explain/text.hpp"

namespace noyau::explain {
namespace {

constexpr std::size_t kMostSizes = 8;

std::string tile(std::int64_t count, std::string_view what, bool main = false) {
  return fmt::format("<div class=\"tile{}\"><b>{}</b><span class=\"soft\">{}</span></div>\n",
                     main ? " main" : "", grouped(count), what);
}

std::string row(std::string_view name, const std::string& value) {
  return fmt::format("<div><dt>{}</dt><dd>{}</dd></div>\n", markup_escaped(name),
                     markup_escaped(value));
}

/// The bars of one class, as wide as its share of the largest class.
std::string parts_bar(const std::array<std::int64_t, 3>& parts, std::int64_t largest) {
  std::string out = "<span class=\"stack\">";
  for (std::size_t i = 0; i < 3; ++i)
    if (parts[i] > 0)
      out += fmt::format("<i class=\"part{}\" style=\"width:{:.2f}%\"></i>", i,
                         100.0 * double(parts[i]) / double(largest));
  return out + "</span>";
}

SizeCounts sizes_of(const DataCheck& check) {
  SizeCounts sizes;
  for (const PictureFacts& picture : check.pictures)
    if (picture.readable) ++sizes[{picture.width, picture.height}];
  return sizes;
}

std::string size_table(const SizeCounts& sizes) {
  const std::vector<SizeCount> order = by_frequency(sizes);
  std::string out =
      "<h3>Most frequent sizes</h3>\n<table><thead><tr><th scope=\"col\">width × height</th>"
      "<th scope=\"col\">pictures</th></tr></thead>\n<tbody>\n";
  for (std::size_t i = 0; i < std::min(order.size(), kMostSizes); ++i)
    out += fmt::format("<tr><td>{} × {}</td><td>{}</td></tr>\n", order[i].width, order[i].height,
                       grouped(order[i].pictures));
  return out + "</tbody></table>\n";
}

}  // namespace

std::string check_headline(const DataCheck& check) {
  CheckCounts counts = count(check);
  std::string out = fmt::format("<h1>Check of {}</h1>\n", markup_escaped(check.path));
  out += fmt::format("<p class=\"soft\">{} train, {} val, {} test · read in {}</p>\n",
                     grouped(counts.parts[0]), grouped(counts.parts[1]), grouped(counts.parts[2]),
                     duration(check.seconds));
  return out + "<div class=\"tiles\">\n" + tile(std::ssize(check.pictures), "pictures", true) +
         tile(counts.issues["unreadable"], "unreadable files") + tile(counts.odd, "odd pictures") +
         tile(counts.exact, "groups of equal files") + tile(counts.near, "groups nearly the same") +
         tile(counts.mirrored, "groups mirrored or turned") +
         tile(counts.leaks, "leaks between parts") +
         tile(counts.labels_differ, "groups with different labels") + "</div>\n";
}

std::string check_advice(const DataCheck& check) {
  std::string out = "<section class=\"card\"><h2>What to do</h2>\n<ul>\n";
  for (const std::string& sentence : advice(check))
    out += fmt::format("<li>{}</li>\n", markup_prose(sentence));
  return out + "</ul></section>\n";
}

std::string class_counts(const DataCheck& check) {
  const CheckCounts counts = count(check);
  if (counts.classes.empty()) return {};
  std::int64_t largest = 1;
  for (const auto& [train, val, test] : counts.classes)
    largest = std::max(largest, train + val + test);
  std::string out =
      "<section class=\"card\"><h2>Classes</h2>\n<p class=\"soft\"><span class=\"key "
      "part0\"></span> train <span class=\"key part1\"></span> val <span class=\"key "
      "part2\"></span> test</p>\n<div class=\"scroll\"><table class=\"sortable\"><thead><tr><th "
      "scope=\"col\">class</th><th scope=\"col\">train</th><th scope=\"col\">val</th><th "
      "scope=\"col\">test</th><th scope=\"col\">all</th><th></th></tr></thead>\n<tbody>\n";
  for (std::size_t c = 0; c < counts.classes.size(); ++c) {
    const auto& parts = counts.classes[c];
    const std::int64_t all = parts[0] + parts[1] + parts[2];
    out += fmt::format("<tr><td>{}</td>", markup_escaped(check.classes[c]));
    for (const std::int64_t number : parts)
      out += fmt::format("<td data-value=\"{}\">{}</td>", number, grouped(number));
    out += fmt::format("<td data-value=\"{}\">{}</td><td class=\"left\">{}</td></tr>\n", all,
                       grouped(all), parts_bar(parts, largest));
  }
  return out + "</tbody></table></div></section>\n";
}

std::string sizes_and_kinds(const DataCheck& check) {
  const SizeCounts sizes = sizes_of(check);
  if (sizes.empty()) return {};
  const CheckCounts counts = count(check);
  std::string facts;
  for (const auto& [format, number] : counts.formats) facts += row(format, grouped(number));
  facts += row("Colour", grouped(counts.colour)) + row("Grey", grouped(counts.grey)) +
           row("Turned upright by EXIF", grouped(counts.turned)) +
           row("Different sizes", grouped(std::ssize(sizes)));
  return "<section class=\"card\"><h2>Sizes and kinds</h2>\n<div class=\"curves\"><div "
         "class=\"curve-box\">" +
         size_plot(sizes) + "</div>\n<div class=\"curve-box\">" + size_table(sizes) +
         "<h3 style=\"margin-top:18px\">Files</h3>\n<dl class=\"facts\">\n" + facts +
         "</dl></div></div></section>\n";
}

}  // namespace noyau::explain
