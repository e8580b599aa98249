#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "api/files.hpp"
#include "api/numbers.hpp"
#include "api/run_folder.hpp"
#include "noyau/error.hpp"
#include "noyau/run.hpp"

namespace noyau::api {
namespace {

using Json = nlohmann::ordered_json;

/// JSON text; bytes of file names that are not UTF-8 are replaced rather than refused.
std::string text_of(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Json list_of(const Dataset& data, Split split) {
  Json list = Json::array();
  for (const Sample& sample : data.samples(split)) {
    // IDX pictures have no name of their own: their number is what identifies them.
    if (data.in_memory())
      list.push_back(sample.index);
    else
      list.push_back(sample.path);
  }
  return list;
}

Json counts_of(const Dataset& data, Split split) {
  std::vector<std::int64_t> counts(data.classes().size());
  for (const Sample& sample : data.samples(split)) {
    if (data.task() == Task::classes) ++counts[std::size_t(sample.label)];
    for (std::size_t k = 0; k < sample.targets.size(); ++k)
      counts[k] += data.task() == Task::values || sample.targets[k] > 0;
  }
  return counts;
}

std::string cell(double value) { return std::isnan(value) ? "" : number_text(value); }

}  // namespace

std::string env_text(const TrainOptions& options, const Dataset& data, int threads) {
  const BuildInfo build = build_info();
  return text_of({{"version", build.version},
                  {"compiler", build.compiler},
                  {"build_type", build.build_type},
                  {"cpu", build.cpu},
                  {"processors", build.processors},
                  {"kernel_target", build.kernel_target},
                  {"threads", threads},
                  {"data", options.data},
                  {"data_fingerprint", data.fingerprint()}});
}

std::string data_text(const Dataset& data) {
  Json json{{"path", data.path()},
            {"fingerprint", data.fingerprint()},
            {"task", to_string(data.task())},
            {"classes", data.classes()}};
  for (const Split split : {Split::train, Split::val, Split::test})
    json["counts"][std::string(to_string(split))] = counts_of(data, split);
  json["skipped"] = Json::array();
  for (const Skipped& file : data.skipped())
    json["skipped"].push_back({{"path", file.path}, {"reason", file.reason}});
  for (const Split split : {Split::train, Split::val, Split::test})
    json["lists"][std::string(to_string(split))] = list_of(data, split);
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string read_fingerprint(const std::string& env_path) {
  const std::string text = read_file(env_path, 1 << 20);
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object() || !json.contains("data_fingerprint") ||
      !json["data_fingerprint"].is_string())
    throw Error(ErrorCode::corrupt_file, env_path, "no data_fingerprint");
  return json["data_fingerprint"];
}

std::string results_text(const std::vector<EpochRow>& rows) {
  std::string text =
      "epoch,time_s,lr,train_loss,val_loss,top1,top5,img_s,data_wait_s,ema_loss,ema_top1,score,"
      "ema_score,balanced\n";
  for (const EpochRow& row : rows)
    text +=
        fmt::format("{},{},{},{},{},{},{},{},{},{},{},{},{},{}\n", row.epoch, cell(row.time_s),
                    cell(row.lr), cell(row.train_loss), cell(row.val_loss), cell(row.top1),
                    cell(row.top5), cell(row.img_s), cell(row.data_wait_s), cell(row.ema_loss),
                    cell(row.ema_top1), cell(row.score), cell(row.ema_score), cell(row.balanced));
  return text;
}

}  // namespace noyau::api
