#include <fmt/format.h>

#include "zoo/zoo.hpp"

namespace noyau::zoo {
namespace {

struct Separable {
  std::int64_t width = 0, stride = 1;
};

struct MobileNetSmallConfig {
  std::int64_t stem_width = 32;
  /// Stages as in timm's MobileNetV1: "blocks.<stage>.<block>".
  std::vector<std::vector<Separable>> stages = {
      {{64, 1}}, {{128, 2}, {128, 1}}, {{256, 2}, {256, 1}, {256, 1}}};
};

ValueId separable(nn::Builder& b, ValueId x, const std::string& name, const Separable& s) {
  const std::int64_t channels = b.channels(x);
  x = nn::conv_norm_act(b, x, {name + ".conv_dw", name + ".bn1", name + ".act1"},
                        {.out_channels = channels,
                         .kernel_size = 3,
                         .stride = s.stride,
                         .padding = 1,
                         .groups = channels});
  return nn::conv_norm_act(b, x, {name + ".conv_pw", name + ".bn2", name + ".act2"},
                           {.out_channels = s.width, .kernel_size = 1});
}

ValueId build_network(nn::Builder& b, ValueId x, std::int64_t classes,
                      const MobileNetSmallConfig& config) {
  x = nn::conv_norm_act(b, x, {"conv_stem", "bn1", "act1"},
                        {.out_channels = config.stem_width, .kernel_size = 3, .padding = 1});
  for (std::size_t stage = 0; stage < config.stages.size(); ++stage) {
    for (std::size_t block = 0; block < config.stages[stage].size(); ++block) {
      x = separable(b, x, fmt::format("blocks.{}.{}", stage, block), config.stages[stage][block]);
    }
  }
  x = nn::global_avg_pool(b, x, "global_pool");
  x = nn::head_dropout(b, x, "dropout");
  return nn::classifier(b, x, "classifier", {.out_features = classes});
}

}  // namespace

/// Convolutions start as in He et al. 2015 (normal, fan_out per group), the linear layer as in
/// torch.
std::vector<Variant> mobilenet_small() {
  return {{.name = "mobilenet_small",
           .summary = "six depthwise separable blocks, for pictures of 28 to 64 pixels",
           .paper = "our own, in the style of Howard et al. 2017 (MobileNets)",
           .published = {205'066, 15'525'760, 1, 28, 10},
           .smallest_image = 8,
           .build = [](nn::Builder& b, ValueId x, const NetworkOptions& options) {
             return build_network(b, x, options.classes, {});
           }}};
}

}  // namespace noyau::zoo
