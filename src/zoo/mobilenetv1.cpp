#include <fmt/format.h>

#include "zoo/blocks.hpp"
#include "zoo/zoo.hpp"

namespace noyau::zoo {
namespace {

/// A stage of depthwise separable blocks; its first one has the stride.
struct Stage {
  std::int64_t blocks, width, stride;
};
constexpr Stage kStages[] = {{1, 64, 1}, {2, 128, 2}, {2, 256, 2}, {6, 512, 2}, {2, 1024, 2}};

ValueId conv_norm_relu6(nn::Builder& b, ValueId x, const std::string& conv, const std::string& norm,
                        const nn::Conv2dOptions& options) {
  x = nn::conv_norm_act(b, x, {conv, norm, ""}, options);
  return nn::activation(b, x, norm + ".act", nn::Activation::relu6);
}

ValueId separable(nn::Builder& b, ValueId x, const std::string& name, std::int64_t width,
                  std::int64_t stride) {
  const std::int64_t channels = b.channels(x);
  x = conv_norm_relu6(b, x, name + ".conv_dw", name + ".bn1",
                      {.out_channels = channels,
                       .kernel_size = 3,
                       .stride = stride,
                       .padding = 1,
                       .groups = channels});
  return conv_norm_relu6(b, x, name + ".conv_pw", name + ".bn2",
                         {.out_channels = width, .kernel_size = 1});
}

ValueId build_network(nn::Builder& b, ValueId x, std::int64_t classes, double multiplier) {
  const auto width = [multiplier](std::int64_t w) {
    return round_channels(double(w) * multiplier);
  };
  x = conv_norm_relu6(b, x, "conv_stem", "bn1",
                      {.out_channels = width(32), .kernel_size = 3, .stride = 2, .padding = 1});
  int index = 0;
  for (const Stage& stage : kStages) {
    for (std::int64_t i = 0; i < stage.blocks; ++i)
      x = separable(b, x, fmt::format("blocks.{}.{}", index, i), width(stage.width),
                    i == 0 ? stage.stride : 1);
    ++index;
  }
  x = nn::global_avg_pool(b, x, "global_pool.pool");
  x = nn::head_dropout(b, x, "dropout");
  return nn::classifier(b, x, "classifier", {.out_features = classes});
}

Variant row(int percent, Published published) {
  return {.name = fmt::format("mobilenetv1_{:03}", percent),
          .summary = fmt::format("depthwise separable convolutions, {:.2f} of the channels",
                                 percent / 100.0),
          .paper =
              "Howard et al. 2017, MobileNets: efficient convolutional neural networks for mobile "
              "vision applications",
          .published = published,
          .smallest_image = 32,
          .build = [percent](nn::Builder& b, ValueId x, const NetworkOptions& options) {
            return build_network(b, x, options.classes, percent / 100.0);
          }};
}

}  // namespace

/// Named as in timm, with its ReLU6. Convolutions start as in He et al. 2015 (normal, fan_out per
/// group), the linear layer as in torch.
std::vector<Variant> mobilenetv1() {
  return {row(25, {470'072, 41'030'272, 3, 224, 1000}),
          row(50, {1'331'592, 149'497'088, 3, 224, 1000}),
          row(75, {2'585'560, 325'400'448, 3, 224, 1000}),
          row(100, {4'231'976, 568'740'352, 3, 224, 1000}),
          row(125, {6'270'840, 879'516'800, 3, 224, 1000})};
}

}  // namespace noyau::zoo
