#include <nlohmann/json.hpp>

#include "api/network.hpp"
#include "noyau/error.hpp"

namespace noyau::api {
namespace {

using Json = nlohmann::json;

constexpr const char* kNote = "model_card";

Json json_of(const ModelCard& card) {
  return {{"model", card.model},
          {"zoo", card.zoo},
          {"classes", card.classes},
          {"height", card.input.height},
          {"width", card.input.width},
          {"channels", card.input.channels},
          {"crop_fraction", card.input.crop_fraction},
          {"normalisation", to_string(card.normalisation.kind)},
          {"mean", card.normalisation.mean},
          {"deviation", card.normalisation.deviation}};
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
  return card;
}

}  // namespace

void write_card(const ModelCard& card, std::map<std::string, std::string>& notes) {
  notes[kNote] = json_of(card).dump(-1, ' ', false, Json::error_handler_t::replace);
}

ModelCard read_card(const std::map<std::string, std::string>& notes, const std::string& path) {
  const auto note = notes.find(kNote);
  if (note == notes.end())
    throw Error(ErrorCode::corrupt_file, path, "no model card", "a checkpoint of noyau train");
  try {
    return card_of(Json::parse(note->second));
  } catch (const Json::exception& error) {
    throw Error(ErrorCode::corrupt_file, path, std::string("model card: ") + error.what());
  }
}

}  // namespace noyau::api
