#include "api/study_text.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "api/numbers.hpp"
#include "explain/plot/bar_chart.hpp"
#include "explain/plot/interval_plot.hpp"
#include "noyau/csv.hpp"

namespace noyau::api {
namespace {

std::string name_of(const ScoreScale& scale) {
  return std::string(scale.name) + (scale.unit.empty() ? "" : " in " + std::string(scale.unit));
}

std::string value_label(Task task) { return name_of(score_scale(task)) + ", test part"; }

std::string mean_text(const StudyRow& row, const ScoreScale& scale) {
  const std::string mean = fmt::format("{:.{}f}", scale.factor * row.mean, scale.digits);
  if (row.scores.size() < 2) return mean;
  return fmt::format("{} ± {:.{}f}", mean, scale.factor * (row.high - row.mean), scale.digits);
}

/// An interval may reach beyond what a score can be.
double shown(double bound, Task task) {
  return score_scale(task).factor * std::clamp(bound, task == Task::values ? bound : 0.0, 1.0);
}

}  // namespace

std::string study_csv(const StudyResult& result) {
  std::string text = "variant,seed,score\n";
  for (const StudyRow& row : result.rows)
    for (std::size_t seed = 0; seed < row.scores.size(); ++seed)
      text += fmt::format("{},{},{}\n", csv_cell(row.name), seed, number_text(row.scores[seed]));
  return text;
}

std::string study_table(const std::string& title, const StudyResult& result) {
  const ScoreScale scale = score_scale(result.task);
  std::string text = fmt::format(
      "{}\n\n| variant | {} | against the one before | against the first | seeds | time of "
      "a "
      "run |\n|---|---|---|---|---|---|\n",
      title, name_of(scale));
  const StudyRow* before = nullptr;
  for (const StudyRow& row : result.rows) {
    if (row.scores.empty()) continue;
    const auto gain = [&](const StudyRow* other) {
      return other == nullptr
                 ? std::string("")
                 : fmt::format("{:+.{}f}", scale.factor * (row.mean - other->mean), scale.digits);
    };
    text += fmt::format("| {} | {} | {} | {} | {} | {:.0f} s |\n", row.name, mean_text(row, scale),
                        gain(before), before == nullptr ? "" : gain(&result.rows[0]),
                        row.scores.size(), row.seconds);
    before = &row;
  }
  return text +
         "\n± is the half width of the 95 % confidence interval of the mean over the seeds.\n";
}

namespace {

std::string study_curves(const std::string& title, const std::string& x_label,
                         const StudyResult& result) {
  explain::IntervalPlot plot{title, x_label, value_label(result.task), {}};
  for (const StudyRow& row : result.rows) {
    if (row.scores.empty()) continue;
    auto curve = std::ranges::find(plot.curves, row.curve, &explain::IntervalCurve::name);
    if (curve == plot.curves.end()) curve = plot.curves.insert(curve, {row.curve, {}});
    curve->points.push_back({row.x, score_scale(result.task).factor * row.mean,
                             shown(row.low, result.task), shown(row.high, result.task)});
  }
  for (explain::IntervalCurve& curve : plot.curves)
    std::ranges::sort(curve.points, {}, &explain::IntervalPoint::x);
  return explain::to_svg(plot);
}

}  // namespace

std::string study_chart(const std::string& title, const std::string& x_label,
                        const StudyResult& result) {
  if (!x_label.empty()) return study_curves(title, x_label, result);
  explain::BarChart chart{title, value_label(result.task), {}};
  for (const StudyRow& row : result.rows)
    if (!row.scores.empty())
      chart.bars.push_back({row.name, score_scale(result.task).factor * row.mean,
                            shown(row.low, result.task), shown(row.high, result.task), ""});
  return explain::to_svg(chart);
}

}  // namespace noyau::api
