#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "api/network.hpp"
#include "noyau/error.hpp"

namespace noyau::api {
namespace {

using Json = nlohmann::json;

constexpr const char* kNote = "model_card";

Json json_of(const ModelCard& card) {
  Json json{{"model", card.model},
            {"zoo", card.zoo},
            {"classes", card.classes},
            {"height", card.input.height},
            {"width", card.input.width},
            {"channels", card.input.channels},
            {"crop_fraction", card.input.crop_fraction},
            {"normalisation", to_string(card.normalisation.kind)},
            {"mean", card.normalisation.mean},
            {"deviation", card.normalisation.deviation},
            {"named", card.named}};
  if (card.input.depth > 1) json["depth"] = card.input.depth;
  if (card.head != Head::last) json["head"] = to_string(card.head);
  // What most networks do not need is left out, so that files of before stay as they are.
  if (card.input.interpolation != Interpolation::bilinear)
    json["interpolation"] = to_string(card.input.interpolation);
  if (card.conventions.same_padding) json["same_padding"] = true;
  if (card.conventions.norm_eps > 0) json["norm_eps"] = card.conventions.norm_eps;
  if (card.origin != WeightOrigin{})
    json["origin"] = {{"source", card.origin.source},
                      {"licence", card.origin.licence},
                      {"sha256", card.origin.sha256}};
  if (card.task == Task::classes) return json;  // files say nothing of the usual task
  json["task"] = to_string(card.task);
  json["value_mean"] = card.values.mean;
  json["value_deviation"] = card.values.deviation;
  return json;
}

ModelCard card_of(const Json& json) {
  ModelCard card;
  json.at("model").get_to(card.model);
  json.at("zoo").get_to(card.zoo);
  json.at("classes").get_to(card.classes);
  json.at("height").get_to(card.input.height);
  json.at("width").get_to(card.input.width);
  json.at("channels").get_to(card.input.channels);
  json.at("crop_fraction").get_to(card.input.crop_fraction);
  card.normalisation.kind = parse_normalisation(json.at("normalisation").get<std::string>());
  json.at("mean").get_to(card.normalisation.mean);
  json.at("deviation").get_to(card.normalisation.deviation);
  card.input.depth = json.value("depth", std::int64_t(1));
  card.head = parse_head(json.value("head", std::string("last")));
  card.input.interpolation =
      parse_interpolation(json.value("interpolation", std::string("bilinear")));
  card.conventions.same_padding = json.value("same_padding", false);
  card.conventions.norm_eps = json.value("norm_eps", 0.0);
  card.named = json.value("named", true);
  if (json.contains("origin")) {
    json["origin"].at("source").get_to(card.origin.source);
    json["origin"].at("licence").get_to(card.origin.licence);
    json["origin"].at("sha256").get_to(card.origin.sha256);
  }
  card.task = parse_task(json.value("task", std::string("classes")));
  if (card.task == Task::classes) return card;
  json.at("value_mean").get_to(card.values.mean);
  json.at("value_deviation").get_to(card.values.deviation);
  return card;
}

/// A card may come from any file: what it says has to be possible.
void check(const ModelCard& card, const std::string& path) {
  const auto expect = [&](bool holds, const char* what, const char* range) {
    if (!holds)
      throw Error(ErrorCode::corrupt_file, path, fmt::format("model card: {}", what), range);
  };
  const InputSize& input = card.input;
  expect(std::min(input.height, input.width) >= 1 && std::max(input.height, input.width) <= 4096,
         "height or width", "1 to 4096");
  expect(input.depth >= 1 && input.depth <= 4096, "depth", "1 to 4096");
  expect(input.channels >= 1 && input.channels <= 3, "channels", "1 to 3");
  expect(input.crop_fraction > 0 && input.crop_fraction <= 1, "crop_fraction", "above 0, up to 1");
  const auto& deviation = card.normalisation.deviation;
  expect(std::all_of(deviation.begin(), deviation.end(), [](float d) { return d > 0; }),
         "deviation", "numbers above 0");
  expect(card.conventions.norm_eps >= 0 && card.conventions.norm_eps <= 1, "norm_eps",
         "above 0, up to 1");
  expect(!card.classes.empty(), "no classes", "one or more");
  const std::size_t scaled = card.task == Task::values ? card.classes.size() : 0;
  expect(card.values.mean.size() == scaled && card.values.deviation.size() == scaled,
         "value_mean or value_deviation", "one for each value");
}

}  // namespace

bool has_card(const std::map<std::string, std::string>& notes) { return notes.contains(kNote); }

void write_card(const ModelCard& card, std::map<std::string, std::string>& notes) {
  notes[kNote] = json_of(card).dump(-1, ' ', false, Json::error_handler_t::replace);
}

ModelCard read_card(const std::map<std::string, std::string>& notes, const std::string& path) {
  const auto note = notes.find(kNote);
  if (note == notes.end())
    throw Error(ErrorCode::corrupt_file, path, "no model card", "a checkpoint of noyau train");
  try {
    const ModelCard card = card_of(Json::parse(note->second));
    check(card, path);
    return card;
  } catch (const Json::exception& error) {
    throw Error(ErrorCode::corrupt_file, path, std::string("model card: ") + error.what());
  }
}

}  // namespace noyau::api
