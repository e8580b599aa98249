#include "api/run_summary.hpp"

#include <filesystem>
#include <nlohmann/json.hpp>

#include "api/files.hpp"
#include "noyau/error.hpp"

namespace noyau::api {
namespace {

using Json = nlohmann::ordered_json;

std::string file_of(const std::string& run) { return run + "/summary.json"; }

}  // namespace

std::string summary_text(const TrainResult& result) {
  Json json{{"part", result.part},
            {"images", result.images},
            {"loss", result.loss},
            {"top1", result.top1},
            {"top5", result.top5},
            {"best_epoch", result.best_epoch},
            {"seconds", result.seconds},
            {"val_top1", result.val_top1},
            {"calibration_error", result.calibration_error}};
  if (result.task != Task::classes) json["score"] = result.score;
  return json.dump(2) + "\n";
}

bool has_summary(const std::string& run) {
  std::error_code ignored;
  return std::filesystem::is_regular_file(file_of(run), ignored);
}

RunSummary read_summary(const std::string& run) {
  const std::string path = file_of(run);
  try {
    const Json json = Json::parse(read_file(path, 1 << 16));
    return {.part = json.at("part"),
            .images = json.at("images"),
            .best_epoch = json.at("best_epoch"),
            .loss = json.at("loss"),
            .top1 = json.at("top1"),
            .top5 = json.at("top5"),
            .seconds = json.at("seconds"),
            .val_top1 = json.at("val_top1")};
  } catch (const Json::exception& error) {
    throw Error(ErrorCode::corrupt_file, path, error.what(), "a summary that noyau train wrote");
  }
}

}  // namespace noyau::api
