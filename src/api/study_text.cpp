#include "api/study_text.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "api/numbers.hpp"
#include "explain/plot/bar_chart.hpp"
#include "explain/plot/interval_plot.hpp"
#include "noyau/csv.hpp"

namespace noyau::api {
namespace {

constexpr const char* kValueLabel = "top-1 accuracy on the test part in %";

std::string percent(const StudyRow& row) {
  if (row.top1.size() < 2) return fmt::format("{:.2f}", 100 * row.mean);
  return fmt::format("{:.2f} ± {:.2f}", 100 * row.mean, 100 * (row.high - row.mean));
}

}  // namespace

std::string study_csv(const StudyResult& result) {
  std::string text = "variant,seed,top1\n";
  for (const StudyRow& row : result.rows)
    for (std::size_t seed = 0; seed < row.top1.size(); ++seed)
      text += fmt::format("{},{},{}\n", csv_cell(row.name), seed, number_text(row.top1[seed]));
  return text;
}

std::string study_table(const std::string& title, const StudyResult& result) {
  std::string text = fmt::format(
      "{}\n\n| variant | top-1 in % | against the one before | against the first | seeds | time of "
      "a "
      "run |\n|---|---|---|---|---|---|\n",
      title);
  const StudyRow* before = nullptr;
  for (const StudyRow& row : result.rows) {
    if (row.top1.empty()) continue;
    const auto gain = [&](const StudyRow* other) {
      return other == nullptr ? std::string("")
                              : fmt::format("{:+.2f}", 100 * (row.mean - other->mean));
    };
    text +=
        fmt::format("| {} | {} | {} | {} | {} | {:.0f} s |\n", row.name, percent(row), gain(before),
                    before == nullptr ? "" : gain(&result.rows[0]), row.top1.size(), row.seconds);
    before = &row;
  }
  return text +
         "\n± is the half width of the 95 % confidence interval of the mean over the seeds.\n";
}

namespace {

std::string study_curves(const std::string& title, const std::string& x_label,
                         const StudyResult& result) {
  explain::IntervalPlot plot{title, x_label, kValueLabel, {}};
  for (const StudyRow& row : result.rows) {
    if (row.top1.empty()) continue;
    auto curve = std::ranges::find(plot.curves, row.curve, &explain::IntervalCurve::name);
    if (curve == plot.curves.end()) curve = plot.curves.insert(curve, {row.curve, {}});
    curve->points.push_back(
        {row.x, 100 * row.mean, 100 * std::max(0.0, row.low), 100 * std::min(1.0, row.high)});
  }
  for (explain::IntervalCurve& curve : plot.curves)
    std::ranges::sort(curve.points, {}, &explain::IntervalPoint::x);
  return explain::to_svg(plot);
}

}  // namespace

std::string study_chart(const std::string& title, const std::string& x_label,
                        const StudyResult& result) {
  if (!x_label.empty()) return study_curves(title, x_label, result);
  explain::BarChart chart{title, kValueLabel, {}};
  for (const StudyRow& row : result.rows)
    if (!row.top1.empty())
      chart.bars.push_back({row.name, 100 * row.mean, 100 * std::max(0.0, row.low),
                            100 * std::min(1.0, row.high), ""});
  return explain::to_svg(chart);
}

}  // namespace noyau::api
