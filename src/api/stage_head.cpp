#include "api/stage_head.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "noyau/error.hpp"
#include "train/freeze.hpp"
#include "zoo/zoo.hpp"

namespace noyau::api {
namespace {

constexpr std::int64_t kHidden = 512;

}  // namespace

std::vector<StagePlace> stage_places(NetworkSpec spec) {
  spec.head = Head::last;
  const std::vector<std::string> inputs = training::stage_inputs(build_inference(spec, 1));
  std::vector<StagePlace> places;
  for (std::size_t k = 0; k < inputs.size(); ++k)
    if (!inputs[k].empty()) places.push_back({std::int64_t(k), inputs[k]});
  if (places.empty())
    throw Error(ErrorCode::unsupported, spec.model, "no place between two stages",
                "a network in stages");
  return places;
}

Network with_stage_head(const NetworkSpec& spec) {
  return [places = stage_places(spec), model = spec.model, zero_gamma = spec.zero_gamma](
             nn::Builder& b, ValueId x, std::int64_t classes) {
    zoo::find(model).build(b, x, {.classes = classes, .zero_gamma = zero_gamma});
    std::vector<ValueId> features;
    for (std::size_t i = 0; i < places.size(); ++i) {
      const ValueId stage = b.graph.find(places[i].value);
      if (b.graph.shape(stage).rank() == 2) {
        features.push_back(stage);
        continue;
      }
      const std::string name = fmt::format("stage_head.{}", i);
      features.push_back(nn::global_avg_pool(b, stage, name + ".mean"));
      features.push_back(nn::global_max_pool(b, stage, name + ".max"));
    }
    ValueId y = nn::concat(b, features, "stage_head.features");
    y = nn::batch_norm(b, y, "stage_head.norm");
    y = nn::linear(b, y, "stage_head.hidden", {.out_features = kHidden});
    y = nn::relu(b, y, "stage_head.relu");
    y = nn::head_dropout(b, y, "stage_head.dropout", {.p = 0.5});
    return nn::classifier(b, y, "stage_head.fc", {.out_features = classes});
  };
}

bool has_stage_head(std::span<const TensorInfo> tensors) {
  return std::ranges::any_of(
      tensors, [](const TensorInfo& tensor) { return tensor.name.starts_with("stage_head."); });
}

}  // namespace noyau::api
