#include <fmt/format.h>

#include <array>

#include "zoo/zoo.hpp"

namespace noyau::zoo {
namespace {

struct DenseNetConfig {
  std::array<std::int64_t, 4> layers;  ///< of each dense block
  std::int64_t growth = 32;            ///< channels that each layer adds
  std::int64_t stem_width = 64;
};

constexpr std::int64_t kBottleneck = 4;  // width of the 1x1 convolutions, times the growth
const Init kInit{Init::Kind::kaiming_normal_fan_in, 1.0, 0};
constexpr Init kZero{Init::Kind::constant, 0.0, 0};

ValueId conv(nn::Builder& b, ValueId x, const std::string& name, std::int64_t out,
             std::int64_t kernel, std::int64_t stride = 1) {
  return nn::conv2d(b, x, name,
                    {.out_channels = out,
                     .kernel_size = kernel,
                     .stride = stride,
                     .padding = kernel / 2,
                     .bias = false,
                     .init = kInit});
}

ValueId norm_relu(nn::Builder& b, ValueId x, const std::string& norm, const std::string& act) {
  return nn::relu(b, nn::batch_norm(b, x, norm), act);
}

// Norm and ReLU come first: x holds the outputs of all layers before.
ValueId dense_layer(nn::Builder& b, ValueId x, const std::string& name, std::int64_t growth) {
  ValueId y = norm_relu(b, x, name + ".norm1", name + ".relu1");
  y = conv(b, y, name + ".conv1", kBottleneck * growth, 1);
  y = norm_relu(b, y, name + ".norm2", name + ".relu2");
  y = conv(b, y, name + ".conv2", growth, 3);
  return nn::concat(b, {x, y}, name + ".concat");
}

ValueId transition(nn::Builder& b, ValueId x, const std::string& name) {
  const std::int64_t half = b.channels(x) / 2;
  x = conv(b, norm_relu(b, x, name + ".norm", name + ".relu"), name + ".conv", half, 1);
  return nn::avg_pool2d(b, x, name + ".pool", {.kernel_size = 2});
}

ValueId build_network(nn::Builder& b, ValueId x, std::int64_t classes,
                      const DenseNetConfig& config) {
  x = conv(b, x, "features.conv0", config.stem_width, 7, 2);
  x = norm_relu(b, x, "features.norm0", "features.relu0");
  x = nn::max_pool2d(b, x, "features.pool0", {.kernel_size = 3, .stride = 2, .padding = 1});
  for (std::size_t block = 0; block < 4; ++block) {
    if (block > 0) x = transition(b, x, fmt::format("features.transition{}", block));
    for (std::int64_t i = 0; i < config.layers[block]; ++i)
      x = dense_layer(b, x, fmt::format("features.denseblock{}.denselayer{}", block + 1, i + 1),
                      config.growth);
  }
  x = norm_relu(b, x, "features.norm5", "relu");
  x = nn::global_avg_pool(b, x, "avgpool");
  x = nn::head_dropout(b, x, "dropout");
  return nn::classifier(b, x, "classifier", {.out_features = classes, .bias_init = kZero});
}

Variant row(int depth, DenseNetConfig config, Published published) {
  return {.name = fmt::format("densenet{}", depth),
          .summary = fmt::format("{} layers, each reads all before it in its block", depth),
          .paper = "Huang et al. 2017, Densely connected convolutional networks",
          .published = published,
          .smallest_image = 32,
          .build = [config](nn::Builder& b, ValueId x, const NetworkOptions& options) {
            return build_network(b, x, options.classes, config);
          }};
}

}  // namespace

/// Starts as torchvision's: convolutions normal with variance 2 / fan_in (He et al. 2015), norms at
/// 1 and 0, the linear layer as in torch with bias 0.
std::vector<Variant> densenet() {
  return {row(121, {{6, 12, 24, 16}, 32, 64}, {7'978'856, 2'834'161'664, 3, 224, 1000}),
          row(161, {{6, 12, 36, 24}, 48, 96}, {28'681'000, 7'727'907'072, 3, 224, 1000}),
          row(169, {{6, 12, 32, 32}, 32, 64}, {14'149'480, 3'359'843'328, 3, 224, 1000}),
          row(201, {{6, 12, 48, 32}, 32, 64}, {20'013'928, 4'291'365'888, 3, 224, 1000})};
}

}  // namespace noyau::zoo
