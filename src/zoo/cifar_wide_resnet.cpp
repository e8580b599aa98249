#include <fmt/format.h>

#include "zoo/zoo.hpp"

namespace noyau::zoo {
namespace {

struct WideResNetConfig {
  std::int64_t blocks_per_stage = 2;  ///< depth = 6 * blocks + 4
  std::int64_t widen = 4;             ///< times the channels of a CIFAR ResNet
};

ValueId conv(nn::Builder& b, ValueId x, const std::string& name, std::int64_t out,
             std::int64_t kernel, std::int64_t stride = 1) {
  return nn::conv2d(b, x, name,
                    {.out_channels = out,
                     .kernel_size = kernel,
                     .stride = stride,
                     .padding = kernel / 2,
                     .bias = false,
                     .init = nn::kKaimingNormal});
}

ValueId norm_relu(nn::Builder& b, ValueId x, const std::string& norm, const std::string& act) {
  return nn::relu(b, nn::batch_norm(b, x, norm), act);
}

// Norm and ReLU ahead of each convolution; a shortcut that changes the shape starts after the
// first.
ValueId block(nn::Builder& b, ValueId x, const std::string& name, std::int64_t out,
              std::int64_t stride) {
  const bool same = stride == 1 && b.channels(x) == out;
  ValueId y = norm_relu(b, x, name + ".bn1", name + ".relu1");
  const ValueId shortcut = same ? x : conv(b, y, name + ".shortcut", out, 1, stride);
  y = conv(b, y, name + ".conv1", out, 3, stride);
  y = norm_relu(b, y, name + ".bn2", name + ".relu2");
  y = conv(b, y, name + ".conv2", out, 3);
  return nn::add_shortcut(b, y, shortcut, name);
}

ValueId build_network(nn::Builder& b, ValueId x, std::int64_t classes,
                      const WideResNetConfig& config) {
  x = conv(b, x, "conv1", 16, 3);
  for (std::int64_t stage = 0; stage < 3; ++stage)
    for (std::int64_t i = 0; i < config.blocks_per_stage; ++i)
      x = block(b, x, fmt::format("layer{}.{}", stage + 1, i), (16 << stage) * config.widen,
                stage > 0 && i == 0 ? 2 : 1);
  x = norm_relu(b, x, "bn", "relu");
  x = nn::global_avg_pool(b, x, "avgpool");
  x = nn::head_dropout(b, x, "dropout");
  return nn::classifier(b, x, "fc", {.out_features = classes, .bias_init = Init{}});
}

Variant row(int depth, int widen, Published published) {
  const WideResNetConfig config{(depth - 4) / 6, widen};
  return {.name = fmt::format("cifar_wide_resnet{}_{}", depth, widen),
          .summary = fmt::format(
              "residual network of {} layers, {} times as wide, for small pictures", depth, widen),
          .paper = "Zagoruyko and Komodakis 2016, Wide residual networks",
          .published = published,
          .smallest_image = 4,
          .build = [config](nn::Builder& b, ValueId x, const NetworkOptions& options) {
            return build_network(b, x, options.classes, config);
          }};
}

}  // namespace

/// Convolutions start as in He et al. 2015 (normal, fan_out), norms at 1 and 0, the linear layer as
/// in torch with bias 0.
std::vector<Variant> cifar_wide_resnet() {
  return {row(16, 4, {2'748'890, 392'612'352, 3, 32, 10}),
          row(16, 8, {10'961'370, 1'548'145'664, 3, 32, 10}),
          row(28, 10, {36'479'194, 5'243'328'768, 3, 32, 10}),
          row(40, 4, {8'949'210, 1'298'582'016, 3, 32, 10})};
}

}  // namespace noyau::zoo
