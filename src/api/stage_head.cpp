#include "api/stage_head.hpp"

#include <fmt/format.h>

#include <string>
#include <vector>

#include "noyau/error.hpp"
#include "train/freeze.hpp"
#include "zoo/zoo.hpp"

namespace noyau::api {
namespace {

/// Names of the values between stages. They are those of the inference graph: in training a dropout
/// may stand behind the last of them.
std::vector<std::string> between_stages(NetworkSpec spec) {
  spec.head = Head::last;
  std::vector<std::string> names;
  for (const std::string& name : training::stage_inputs(build_inference(spec, 1)))
    if (!name.empty()) names.push_back(name);
  if (names.empty())
    throw Error(ErrorCode::unsupported, spec.model, "no place between two stages",
                "a network in stages, for --head stages");
  return names;
}

}  // namespace

Network with_stage_head(const NetworkSpec& spec) {
  return [names = between_stages(spec), model = spec.model, zero_gamma = spec.zero_gamma](
             nn::Builder& b, ValueId x, std::int64_t classes) {
    zoo::find(model).build(b, x, {.classes = classes, .zero_gamma = zero_gamma});
    std::vector<ValueId> features;
    for (std::size_t i = 0; i < names.size(); ++i) {
      const ValueId stage = b.graph.find(names[i]);
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
    y = nn::head_dropout(b, y, "stage_head.dropout", {.p = 0.5});
    return nn::classifier(b, y, "stage_head.fc", {.out_features = classes});
  };
}

}  // namespace noyau::api
