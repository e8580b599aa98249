#include "noyau/weights.hpp"

#include "api/weight_file.hpp"
#include "io/match.hpp"

namespace noyau {

WeightFileInfo weight_file_info(const std::string& path) {
  const api::WeightFile file(path);
  WeightFileInfo info;
  info.tensors = file.tensors();
  if (!api::has_card(file.notes())) return info;
  const api::ModelCard card = api::read_card(file.notes(), file.path());
  info.model = card.model;
  info.classes = card.classes;
  info.origin = card.origin;
  return info;
}

WeightMatch match_weights(const std::string& path, const ModelOptions& options) {
  const api::WeightFile file(path);
  const api::ModelCard card = api::card_of(file, options);
  const Graph graph = api::build_inference(api::spec_of_card(card), 1);
  return io::match_weights(io::expected_tensors(graph), file.tensors());
}

}  // namespace noyau
