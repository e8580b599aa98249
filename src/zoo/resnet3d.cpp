#include <fmt/format.h>

#include <array>

#include "zoo/zoo.hpp"

namespace noyau::zoo {
namespace {

struct ResNet3dConfig {
  std::array<std::int64_t, 4> blocks = {2, 2, 2, 2};
  bool factored = false;  ///< each 3x3x3 as a 1x3x3 and a 3x1x1 convolution
};

class ResNet3d {
 public:
  ResNet3d(nn::Builder& b, const ResNet3dConfig& config) : b_(b), config_(config) {}

  ValueId run(ValueId x, std::int64_t classes) {
    x = stem(x);
    constexpr std::array<std::int64_t, 4> kWidths = {64, 128, 256, 512};
    for (std::size_t stage = 0; stage < 4; ++stage)
      for (std::int64_t i = 0; i < config_.blocks[stage]; ++i)
        x = block(x, fmt::format("layer{}.{}", stage + 1, i), kWidths[stage],
                  stage > 0 && i == 0 ? 2 : 1);
    x = nn::global_avg_pool(b_, x, "avgpool");
    x = nn::head_dropout(b_, x, "dropout");
    return nn::classifier(
        b_, x, "fc",
        {.out_features = classes, .init = Init{Init::Kind::normal, 0.01, 0}, .bias_init = Init{}});
  }

 private:
  ValueId conv(ValueId x, const std::string& name, std::int64_t out, nn::Size3 kernel,
               nn::Size3 stride) {
    return nn::conv3d(b_, x, name,
                      {.out_channels = out,
                       .kernel_size = kernel,
                       .stride = stride,
                       .padding = {kernel.depth / 2, kernel.height / 2, kernel.width / 2},
                       .bias = false,
                       .init = nn::kKaimingNormal});
  }
  ValueId norm_relu(ValueId x, const std::string& norm, const std::string& act) {
    return nn::relu(b_, nn::batch_norm(b_, x, norm), act);
  }

  ValueId stem(ValueId x) {
    if (!config_.factored)
      return norm_relu(conv(x, "stem.0", 64, {3, 7, 7}, {1, 2, 2}), "stem.1", "stem.2");
    x = norm_relu(conv(x, "stem.0", 45, {1, 7, 7}, {1, 2, 2}), "stem.1", "stem.2");
    return norm_relu(conv(x, "stem.3", 64, {3, 1, 1}, 1), "stem.4", "stem.5");
  }

  // `inner` channels lie between the factors, so that both kinds have as many parameters.
  ValueId conv3(ValueId x, const std::string& name, std::int64_t out, std::int64_t inner,
                std::int64_t stride) {
    if (!config_.factored) return conv(x, name, out, 3, stride);
    x = conv(x, name + ".0", inner, {1, 3, 3}, {1, stride, stride});
    x = norm_relu(x, name + ".1", name + ".2");
    return conv(x, name + ".3", out, {3, 1, 1}, {stride, 1, 1});
  }

  ValueId block(ValueId x, const std::string& name, std::int64_t out, std::int64_t stride) {
    const std::int64_t in = b_.channels(x), inner = in * out * 27 / (in * 9 + 3 * out);
    ValueId y = conv3(x, name + ".conv1.0", out, inner, stride);
    y = norm_relu(y, name + ".conv1.1", name + ".conv1.2");
    y = conv3(y, name + ".conv2.0", out, inner, 1);
    y = nn::batch_norm(b_, y, name + ".conv2.1");
    if (stride > 1 || in != out)
      x = nn::batch_norm(b_, conv(x, name + ".downsample.0", out, 1, stride),
                         name + ".downsample.1");
    return nn::relu(b_, nn::add_shortcut(b_, y, x, name), name + ".relu");
  }

  nn::Builder& b_;
  const ResNet3dConfig& config_;
};

Variant row(const char* name, const char* summary, ResNet3dConfig config, Published published) {
  return {
      .name = name,
      .summary = summary,
      .paper =
          "Tran et al. 2018, A closer look at spatiotemporal convolutions for action recognition",
      .published = published,
      .smallest_image = 16,
      .build =
          [config](nn::Builder& b, ValueId x, const NetworkOptions& options) {
            return ResNet3d(b, config).run(x, options.classes);
          },
      .volumes = true};
}

}  // namespace

/// Convolutions start as in He et al. 2015 (normal, fan_out), norms at 1 and 0, the linear layer
/// normal with deviation 0.01 and bias 0, as torchvision's. The counts are for 16 frames of 112x112
/// pixels.
std::vector<Variant> resnet3d() {
  return {row("resnet3d_18", "residual network of 18 layers for volumes and clips",
              {{2, 2, 2, 2}, false}, {33'371'472, 40'696'553'472, 3, 112, 400, 16}),
          row("resnet3d_34", "residual network of 34 layers for volumes and clips",
              {{3, 4, 6, 3}, false}, {63'681'104, 75'378'204'672, 3, 112, 400, 16}),
          row("r2plus1d_18", "resnet3d_18 with 3x3x3 convolutions as 1x3x3 and 3x1x1",
              {{2, 2, 2, 2}, true}, {31'505'325, 40'519'080'960, 3, 112, 400, 16})};
}

}  // namespace noyau::zoo
