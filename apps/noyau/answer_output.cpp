#include "answer_output.hpp"

#include <fmt/format.h>

#include <cmath>

#include <noyau/error.hpp>

namespace noyau::cli {
namespace {

/// What was not measured becomes a dash.
std::string percent(double share) {
  return std::isfinite(share) ? fmt::format("{:.2f}%", 100 * share) : "-";
}

}  // namespace

Json number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

std::string score_number(Task task, double score) {
  const ScoreScale scale = score_scale(task);
  if (!std::isfinite(score)) return "-";
  return fmt::format("{:.{}f}{}", scale.factor * score, scale.digits, scale.unit);
}

std::string gain_text(Task task, double gain) {
  const ScoreScale scale = score_scale(task);
  return fmt::format("{:+.{}f}{}", scale.factor * gain, scale.digits,
                     scale.unit.empty() ? "" : " points");
}

std::string score_text(Task task, double score) {
  return fmt::format("{} {}", score_scale(task).name, score_number(task, score));
}

std::string accuracies_text(double top1, double balanced, double top5, std::int64_t classes) {
  const std::string likeliest =
      tells_top5(classes) ? fmt::format(", top-5 {:.2f}%", 100 * top5) : "";
  return fmt::format("accuracy {:.2f}% (balanced {:.2f}%{})", 100 * top1, 100 * balanced,
                     likeliest);
}

std::string answer_text(Task task, const std::vector<AnswerScore>& answers) {
  std::string text;
  for (const AnswerScore& a : answers)
    text += task == Task::labels
                ? fmt::format("  {}: average precision {}, precision {}, recall {} ({} pictures)\n",
                              escaped(a.name), percent(a.average_precision), percent(a.precision),
                              percent(a.recall), grouped(a.support))
                : fmt::format("  {}: mean absolute error {:.4g}, R2 {:.4f}\n", escaped(a.name),
                              a.mean_absolute_error, a.r2);
  return text;
}

Json answer_json(Task task, const std::vector<AnswerScore>& answers) {
  Json list = Json::array();
  for (const AnswerScore& a : answers) {
    Json one{{"name", a.name}};
    if (task == Task::labels)
      one.update({{"average_precision", number(a.average_precision)},
                  {"precision", number(a.precision)},
                  {"recall", number(a.recall)},
                  {"images", a.support}});
    else
      one.update({{"mean_absolute_error", number(a.mean_absolute_error)}, {"r2", number(a.r2)}});
    list.push_back(one);
  }
  return list;
}

}  // namespace noyau::cli
