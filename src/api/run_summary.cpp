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
  const Json json{{"part", result.part},
                  {"images", result.images},
                  {"loss", result.loss},
                  {"score", result.score},
                  {"top1", result.top1},
                  {"top5", result.top5},
                  {"best_epoch", result.best_epoch},
                  {"seconds", result.seconds},
                  {"val_score", result.val_score},
                  {"calibration_error", result.calibration_error}};
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
            .score = json.at("score"),
            .seconds = json.at("seconds"),
            .val_score = json.at("val_score")};
  } catch (const Json::exception& error) {
    throw Error(ErrorCode::corrupt_file, path, error.what(), "a summary that noyau train wrote");
  }
}

}  // namespace noyau::api
