#include <fmt/format.h>

#include <algorithm>

#include "api/weight_file.hpp"
#include "noyau/error.hpp"

namespace noyau::api {
namespace {

constexpr std::int64_t kSmall = 64;  // up to here pictures are used whole

std::vector<std::string> numbered(std::int64_t count) {
  std::vector<std::string> names;
  for (std::int64_t i = 0; i < count; ++i) names.push_back(std::to_string(i));
  return names;
}

void number_classes(ModelCard& card, std::int64_t count) {
  card.classes = numbered(count);
  card.named = false;
}

/// What most published weights for colour pictures were trained with.
Normalisation usual_normalisation(std::int64_t channels) {
  if (channels != 3) return {};
  return {NormalisationKind::mean_std, {0.485f, 0.456f, 0.406f}, {0.229f, 0.224f, 0.225f}};
}

ModelCard foreign_card(const ModelOptions& options) {
  const NetworkSpec spec = spec_of(options);
  ModelCard card;
  card.model = spec.model;
  card.input = spec.input;
  card.input.crop_fraction = std::max(spec.input.height, spec.input.width) > kSmall ? 0.875 : 1.0;
  card.normalisation = usual_normalisation(spec.input.channels);
  number_classes(card, spec.classes);
  return card;
}

}  // namespace

ModelCard card_of(const WeightFile& file, const ModelOptions& options) {
  if (!has_card(file.notes())) {
    if (options.name.empty())
      throw Error(ErrorCode::unsupported, file.path(), "does not say which network it is for",
                  "a file that noyau wrote, or the name of an architecture",
                  "--model NAME gives it; noyau zoo lists them");
    return foreign_card(options);
  }
  ModelCard card = read_card(file.notes(), file.path());
  if (!options.name.empty() && options.name != card.model) {
    card.model = options.name;
    card.zoo = true;
  }
  if (options.height > 0) card.input.height = options.height;
  if (options.width > 0) card.input.width = options.width;
  if (options.channels > 0) card.input.channels = options.channels;
  if (options.classes > 0 && std::size_t(options.classes) != card.classes.size())
    number_classes(card, options.classes);
  return card;
}

}  // namespace noyau::api
