#include "api/first_steps.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "api/files.hpp"
#include "base/checksum.hpp"
#include "noyau/error.hpp"

namespace noyau::api {

using Json = nlohmann::ordered_json;

void FirstSteps::add(const training::StepReport& report) {
  steps.push_back({report.loss, report.gradient_norm});
}

std::string checksum_of(const runtime::Weights& weights) {
  StreamChecksum checksum;
  for (const std::string& name : weights.names()) {
    const Tensor& tensor = weights.at(name);
    checksum.add({static_cast<const std::byte*>(tensor.raw()), tensor.bytes()});
  }
  return fmt::format("{:016x}", checksum.value());
}

std::string first_steps_text(const FirstSteps& first) {
  Json steps = Json::array();
  for (const FirstSteps::Step& step : first.steps)
    steps.push_back({{"loss", step.loss}, {"gradient_norm", step.gradient_norm}});
  return Json{{"epochs", first.epochs}, {"steps", steps}, {"weights", first.weights}}.dump(1) +
         "\n";
}

FirstSteps read_first_steps(const std::string& path) {
  FirstSteps first;
  try {
    const Json json = Json::parse(read_file(path, 1 << 20));
    for (const Json& step : json.at("steps"))
      first.steps.push_back({step.at("loss"), step.at("gradient_norm")});
    first.weights = json.at("weights");
    first.epochs = json.value("epochs", std::int64_t(0));
  } catch (const Json::exception& error) {
    throw Error(ErrorCode::corrupt_file, path, error.what(), "what noyau train wrote");
  }
  if (first.steps.empty()) throw Error(ErrorCode::corrupt_file, path, "no steps");
  return first;
}

}  // namespace noyau::api
