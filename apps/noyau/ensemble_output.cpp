#include "ensemble_output.hpp"

#include <fmt/format.h>

#include <algorithm>

#include <noyau/error.hpp>

namespace noyau::cli {
namespace {

Json row_json(const EnsembleRow& row) {
  return {{"name", row.name}, {"loss", row.loss}, {"top1", row.top1}, {"top5", row.top5}};
}

}  // namespace

std::string ensemble_head() {
  return fmt::format("{:<44} {:>10} {:>10} {:>8}\n", "network", "top-1", "top-5", "loss");
}

std::string ensemble_row(const EnsembleRow& row) {
  return fmt::format("{:<44} {:>8.2f} % {:>8.2f} % {:>8.4f}\n", escaped(row.name), 100 * row.top1,
                     100 * row.top5, row.loss);
}

std::string ensemble_gain(const EnsembleResult& result, const std::string& file) {
  double best = 0;
  for (const EnsembleRow& row : result.members) best = std::max(best, row.top1);
  std::string text = fmt::format(
      "gain: {:+.2f} points over the mean of the members, {:+.2f} over the best, on {} "
      "pictures\n",
      100 * (result.together.top1 - result.mean_top1), 100 * (result.together.top1 - best),
      grouped(result.images));
  if (!file.empty()) text += fmt::format("saved: {0}\nnext:  noyau predict {0} PICTURE...\n", file);
  return text;
}

std::string ensemble_table(const EnsembleResult& result, const std::string& file) {
  std::string text = ensemble_head();
  for (const EnsembleRow& row : result.members) text += ensemble_row(row);
  return text + ensemble_row(result.together) + ensemble_gain(result, file);
}

Json ensemble_json(const EnsembleResult& result, const std::string& part, const std::string& file) {
  Json members = Json::array();
  for (const EnsembleRow& row : result.members) members.push_back(row_json(row));
  return {{"members", members},
          {"together", row_json(result.together)},
          {"mean_top1", result.mean_top1},
          {"images", result.images},
          {"part", part},
          {"file", file}};
}

}  // namespace noyau::cli
