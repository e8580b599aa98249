#include "api/advice_taken.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "api/files.hpp"
#include "noyau/error.hpp"

namespace noyau::api {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMostBytes = 1 << 20;

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

std::string advice_taken_text(const Advice& advice) {
  const TransferPlan& plan = advice.plans.front();
  const Json json{{"title", plan.name},       {"freeze", plan.freeze}, {"head", plan.head},
                  {"recipe", plan.recipe},    {"low", plan.low},       {"high", plan.high},
                  {"reasons", advice.reasons}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

AdviceTaken read_advice_taken(const std::string& path) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) return {};
  try {
    const Json json = Json::parse(read_file(path, kMostBytes));
    AdviceTaken taken;
    taken.title = json.at("title");
    for (const char* name : {"freeze", "head", "recipe"})
      taken.choices.emplace_back(name, json.at(name).get<std::string>());
    taken.choices.emplace_back("expected accuracy",
                               fmt::format("{:.0f} to {:.0f} %", 100 * json.at("low").get<double>(),
                                           100 * json.at("high").get<double>()));
    for (const Json& reason : json.at("reasons")) taken.reasons.push_back(reason);
    return taken;
  } catch (const Json::exception& error) {
    throw Error(ErrorCode::corrupt_file, path, error.what(), "what noyau train wrote");
  }
}

}  // namespace noyau::api
