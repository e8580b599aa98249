#include "api/advice_file.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "api/files.hpp"
#include "noyau/error.hpp"

namespace noyau::api {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMostBytes = 16 << 20;

AdviceTaken taken_of(const Json& json) {
  AdviceTaken taken;
  taken.title = json.at("title");
  for (const char* name : {"freeze", "head", "recipe"})
    taken.choices.emplace_back(name, json.at(name).get<std::string>());
  taken.choices.emplace_back("expected accuracy",
                             fmt::format("{:.0f} to {:.0f} %", 100 * json.at("low").get<double>(),
                                         100 * json.at("high").get<double>()));
  for (const Json& reason : json.at("reasons")) taken.reasons.push_back(reason);
  return taken;
}

void expect_below(std::int64_t got, std::int64_t count, const char* what, const std::string& path) {
  if (got >= 0 && got < count) return;
  throw Error(ErrorCode::corrupt_file, path, fmt::format("{} {}", what, got),
              fmt::format("0 to {}, as in the data", count - 1));
}

Suspicion suspicion_of(const Json& json, const std::string& path, const Dataset& data) {
  const Suspicion s{.sample = json.at("sample"),
                    .source = json.at("source"),
                    .given = json.at("given"),
                    .suggested = json.at("suggested"),
                    .probability_given = json.at("probability_given"),
                    .probability_suggested = json.at("probability_suggested")};
  expect_below(s.sample, std::ssize(data.samples(Split::train)), "sample", path);
  expect_below(s.given, std::ssize(data.classes()), "class", path);
  expect_below(s.suggested, std::ssize(data.classes()), "class", path);
  return s;
}

}  // namespace

TrainOptions with_plan(const TrainOptions& options, const TransferPlan& plan) {
  const TrainOptions usual;
  TrainOptions taken = options;
  if (options.recipe == usual.recipe) {
    apply_recipe(taken, plan.recipe);
    for (const OptionInfo& info : train_options()) {
      const std::string value = get_option(options, info.name);
      if (info.name != "recipe" && value != get_option(usual, info.name))
        set_option(taken, info.name, value);
    }
  }
  taken.freeze = plan.freeze;
  taken.head = plan.head;
  return taken;
}

std::string advice_file_text(const Advice& advice) {
  const TransferPlan& plan = advice.plans.front();
  Json suspicious = Json::array();
  for (const Suspicion& s : advice.suspicious)
    suspicious.push_back({{"sample", s.sample},
                          {"source", s.source},
                          {"given", s.given},
                          {"suggested", s.suggested},
                          {"probability_given", s.probability_given},
                          {"probability_suggested", s.probability_suggested}});
  const Json json{{"title", plan.name},        {"freeze", plan.freeze},   {"head", plan.head},
                  {"recipe", plan.recipe},     {"low", plan.low},         {"high", plan.high},
                  {"reasons", advice.reasons}, {"suspicious", suspicious}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

AdviceFile read_advice_file(const std::string& path, const Dataset& data) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) return {};
  try {
    const Json json = Json::parse(read_file(path, kMostBytes));
    AdviceFile file{.taken = taken_of(json)};
    for (const Json& entry : json.value("suspicious", Json::array()))
      file.suspicious.push_back(suspicion_of(entry, path, data));
    return file;
  } catch (const Json::exception& error) {
    throw Error(ErrorCode::corrupt_file, path, error.what(), "what noyau train wrote");
  }
}

}  // namespace noyau::api
