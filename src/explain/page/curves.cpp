#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "explain/page/sections.hpp"
#include "explain/plots.hpp"
#include "explain/text.hpp"

namespace noyau::explain {
namespace {

struct Shown {
  const char* id;
  LinePlot plot;
};

std::vector<Shown> shown_plots(const ReportInput& input) {
  std::vector<Shown> plots = {
      {"loss", loss_plot(input)}, {"accuracy", accuracy_plot(input)}, {"lr", rate_plot(input)}};
  std::erase_if(plots, [](const Shown& shown) { return !has_values(shown.plot); });
  return plots;
}

// What report.js draws. NaN and infinity become null, which Chart.js shows as a gap.
std::string as_json(const std::vector<Shown>& plots) {
  nlohmann::ordered_json json;
  json["epochs"] = plots.front().plot.epochs;
  json["plots"] = nlohmann::ordered_json::array();
  for (const Shown& shown : plots) {
    nlohmann::ordered_json curves = nlohmann::ordered_json::array();
    for (const Curve& curve : shown.plot.curves)
      curves.push_back({{"name", curve.name}, {"values", curve.values}});
    json["plots"].push_back(
        {{"id", shown.id}, {"label", shown.plot.value_label}, {"curves", std::move(curves)}});
  }
  return json.dump();
}

struct Column {
  const char* name;
  std::string (*shown)(const EpochRow& row);
};

constexpr std::array<Column, 11> kColumns = {{
    {"time", [](const EpochRow& row) { return duration(row.time_s); }},
    {"learning rate", [](const EpochRow& row) { return number(row.lr); }},
    {"training loss", [](const EpochRow& row) { return number(row.train_loss); }},
    {"validation loss", [](const EpochRow& row) { return number(row.val_loss); }},
    {"training top-1", [](const EpochRow& row) { return percent(row.train_top1); }},
    {"validation top-1", [](const EpochRow& row) { return percent(row.top1); }},
    {"validation top-5", [](const EpochRow& row) { return percent(row.top5); }},
    {"validation balanced", [](const EpochRow& row) { return percent(row.balanced); }},
    {"validation score", [](const EpochRow& row) { return number(row.score); }},
    {"images/s", [](const EpochRow& row) { return number(row.img_s); }},
    {"data wait", [](const EpochRow& row) { return duration(row.data_wait_s); }},
}};

// A column is shown when any epoch has a value for it that says something.
std::string epoch_table(const std::vector<EpochRow>& all, bool with_top5) {
  std::vector<EpochRow> epochs = all;
  if (!with_top5)
    for (EpochRow& row : epochs) row.top5 = kNotMeasured;
  const std::string missing = number(kNotMeasured);
  std::vector<Column> columns;
  for (const Column& column : kColumns)
    if (std::ranges::any_of(epochs,
                            [&](const EpochRow& row) { return column.shown(row) != missing; }))
      columns.push_back(column);
  std::string out =
      "<details style=\"margin-top:18px\"><summary>Numbers of every epoch</summary>\n"
      "<div class=\"scroll\"><table><thead><tr><th scope=\"col\">epoch</th>";
  for (const Column& column : columns) out += fmt::format("<th scope=\"col\">{}</th>", column.name);
  out += "</tr></thead>\n<tbody>\n";
  for (const EpochRow& row : epochs) {
    out += fmt::format("<tr><td>{}</td>", row.epoch);
    for (const Column& column : columns) out += fmt::format("<td>{}</td>", column.shown(row));
    out += "</tr>\n";
  }
  return out + "</tbody></table></div></details>\n";
}

}  // namespace

std::string curves(const ReportInput& input) {
  const std::vector<Shown> plots = shown_plots(input);
  if (plots.empty()) return {};
  std::string out = "<section class=\"card\"><h2>Curves</h2>\n<div class=\"curves\">\n";
  for (const Shown& shown : plots)
    out += fmt::format(
        "<div class=\"curve-box\"><h3>{0}</h3><div class=\"canvas\"><canvas id=\"curve-{1}\" "
        "role=\"img\" aria-label=\"{0} over epochs; the numbers are in the table "
        "below\"></canvas></div></div>\n",
        shown.plot.title, shown.id);
  out += "</div>\n<noscript><div class=\"noscript\">\n";
  for (const Shown& shown : plots) {
    // As pictures, so that their style sheet stays their own.
    const std::string svg = to_svg(shown.plot);
    const auto* bytes = reinterpret_cast<const uint8_t*>(svg.data());
    out += fmt::format("<img alt=\"{}\" src=\"data:image/svg+xml;base64,{}\">\n", shown.plot.title,
                       base64({bytes, svg.size()}));
  }
  out += "</div></noscript>\n" + epoch_table(input.epochs, tells_top5(std::ssize(input.classes))) +
         "</section>\n";
  return out + fmt::format("<script type=\"application/json\" id=\"curves\">{}</script>\n",
                           as_json(plots));
}

}  // namespace noyau::explain
