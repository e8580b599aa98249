#include <fmt/format.h>

#include "zoo/zoo.hpp"

namespace noyau::zoo {
namespace {

/// Output channels of a 3x3 convolution, or 0 for a 2x2 max pooling.
struct VggSmallConfig {
  std::vector<std::int64_t> layers = {32, 32, 0, 64, 64, 0, 128, 128};
  double dropout = 0.2;
};

ValueId build_network(nn::Builder& b, ValueId x, std::int64_t classes,
                      const VggSmallConfig& config) {
  int index = 0;  // counts modules as torchvision's vgg11_bn does
  const auto name = [&index] { return fmt::format("features.{}", index++); };
  for (const std::int64_t width : config.layers) {
    if (width == 0) {
      x = nn::max_pool2d(b, x, name());
      continue;
    }
    const std::string conv = name(), norm = name(), act = name();
    x = nn::conv_norm_act(b, x, {conv, norm, act},
                          {.out_channels = width, .kernel_size = 3, .padding = 1});
  }
  x = nn::global_avg_pool(b, x, "avgpool");
  x = nn::head_dropout(b, x, "dropout", {.p = config.dropout});
  return nn::classifier(b, x, "classifier", {.out_features = classes});
}

}  // namespace

/// Convolutions start as in He et al. 2015 (normal, fan_out), the linear layer as in torch.
std::vector<Variant> vgg_small() {
  return {{.name = "vgg_small",
           .summary = "six 3x3 convolutions with batch norm, for pictures of 28 to 64 pixels",
           .paper = "our own, in the style of Simonyan and Zisserman 2015",
           .published = {288'170, 29'128'448, 1, 28, 10},
           .smallest_image = 8,
           .build = [](nn::Builder& b, ValueId x, const NetworkOptions& options) {
             return build_network(b, x, options.classes, {});
           }}};
}

}  // namespace noyau::zoo
