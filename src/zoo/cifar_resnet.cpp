#include <fmt/format.h>

#include "zoo/zoo.hpp"

namespace noyau::zoo {
namespace {

struct CifarResNetConfig {
  std::int64_t blocks_per_stage = 3;  ///< depth = 6 * blocks + 2
  std::vector<std::int64_t> widths = {16, 32, 64};
};

ValueId shortcut(nn::Builder& b, ValueId x, const std::string& name, std::int64_t width,
                 std::int64_t stride) {
  if (stride == 1 && b.channels(x) == width) return x;
  return nn::conv_norm_act(b, x, {name + ".downsample.0", name + ".downsample.1", ""},
                           {.out_channels = width, .kernel_size = 1, .stride = stride});
}

ValueId basic_block(nn::Builder& b, ValueId x, const std::string& name, std::int64_t width,
                    std::int64_t stride) {
  ValueId y =
      nn::conv_norm_act(b, x, {name + ".conv1", name + ".bn1", name + ".relu1"},
                        {.out_channels = width, .kernel_size = 3, .stride = stride, .padding = 1});
  y = nn::conv_norm_act(b, y, {name + ".conv2", name + ".bn2", ""},
                        {.out_channels = width, .kernel_size = 3, .padding = 1});
  y = nn::add_shortcut(b, y, shortcut(b, x, name, width, stride), name);
  return nn::relu(b, y, name + ".relu2");
}

ValueId build_network(nn::Builder& b, ValueId x, std::int64_t classes,
                      const CifarResNetConfig& config) {
  x = nn::conv_norm_act(b, x, {"conv1", "bn1", "relu1"},
                        {.out_channels = config.widths.front(), .kernel_size = 3, .padding = 1});
  for (std::size_t stage = 0; stage < config.widths.size(); ++stage) {
    for (std::int64_t block = 0; block < config.blocks_per_stage; ++block) {
      const std::int64_t stride = stage > 0 && block == 0 ? 2 : 1;
      x = basic_block(b, x, fmt::format("layer{}.{}", stage + 1, block), config.widths[stage],
                      stride);
    }
  }
  x = nn::global_avg_pool(b, x, "avgpool");
  x = nn::head_dropout(b, x, "dropout");
  return nn::classifier(b, x, "fc", {.out_features = classes});
}

Variant row(int depth, Published published) {
  CifarResNetConfig config;
  config.blocks_per_stage = (depth - 2) / 6;
  return {.name = fmt::format("cifar_resnet{}", depth),
          .summary = fmt::format("residual network of {} layers for small pictures", depth),
          .paper =
              "He et al. 2016, Deep residual learning for image recognition, section 4.2 "
              "(projection shortcuts where the shape changes)",
          .published = published,
          .smallest_image = 4,
          .build = [config](nn::Builder& b, ValueId x, const NetworkOptions& options) {
            return build_network(b, x, options.classes, config);
          }};
}

}  // namespace

/// Convolutions start as in He et al. 2015 (normal, fan_out), the linear layer as in torch.
std::vector<Variant> cifar_resnet() {
  return {row(20, {272'474, 40'813'184, 3, 32, 10}), row(32, {466'906, 69'124'736, 3, 32, 10}),
          row(44, {661'338, 97'436'288, 3, 32, 10}), row(56, {855'770, 125'747'840, 3, 32, 10}),
          row(110, {1'730'714, 253'149'824, 3, 32, 10})};
}

}  // namespace noyau::zoo
