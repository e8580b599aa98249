#include "ensemble_output.hpp"

#include <fmt/format.h>

#include <algorithm>

#include <noyau/error.hpp>
#include <noyau/shell_word.hpp>

#include "answer_output.hpp"

namespace noyau::cli {
namespace {

Json row_json(Task task, const EnsembleRow& row) {
  Json json{{"name", row.name}, {"loss", row.loss}, {"score", number(row.score)}};
  if (task == Task::classes) json["top5"] = row.top5;
  return json;
}

std::string line(Task task, std::int64_t classes, const std::string& name, const std::string& score,
                 const std::string& top5, const std::string& loss) {
  const auto width = std::max<std::size_t>(10, score_scale(task).name.size());
  std::string text = fmt::format("{:<44} {:>{}}", name, score, width);
  if (task == Task::classes && tells_top5(classes)) text += fmt::format(" {:>10}", top5);
  return text + fmt::format(" {:>8}\n", loss);
}

}  // namespace

std::string ensemble_head(Task task, std::int64_t classes) {
  return line(task, classes, "network", std::string(score_scale(task).name), "top-5", "loss");
}

std::string ensemble_row(Task task, std::int64_t classes, const EnsembleRow& row) {
  return line(task, classes, escaped(row.name), score_number(task, row.score),
              fmt::format("{:.2f}%", 100 * row.top5), fmt::format("{:.4f}", row.loss));
}

std::string ensemble_gain(const EnsembleResult& result, const std::string& file) {
  double best = result.members.front().score;
  for (const EnsembleRow& row : result.members) best = std::max(best, row.score);
  std::string text =
      fmt::format("gain: {} over the mean of the members, {} over the best, on {} pictures\n",
                  gain_text(result.task, result.together.score - result.mean_score),
                  gain_text(result.task, result.together.score - best), grouped(result.images));
  if (!file.empty())
    text += fmt::format("saved: {}\nnext:  noyau predict {} PICTURE...\n", file, shell_word(file));
  return text;
}

std::string ensemble_table(const EnsembleResult& result, const std::string& file) {
  const auto row = [&](const EnsembleRow& of) {
    return ensemble_row(result.task, result.classes, of);
  };
  std::string text = ensemble_head(result.task, result.classes);
  for (const EnsembleRow& member : result.members) text += row(member);
  return text + row(result.together) + ensemble_gain(result, file);
}

Json ensemble_json(const EnsembleResult& result, const std::string& part, const std::string& file) {
  Json members = Json::array();
  for (const EnsembleRow& row : result.members) members.push_back(row_json(result.task, row));
  return {{"members", members},
          {"together", row_json(result.task, result.together)},
          {"mean_score", number(result.mean_score)},
          {"images", result.images},
          {"part", part},
          {"file", file}};
}

}  // namespace noyau::cli
