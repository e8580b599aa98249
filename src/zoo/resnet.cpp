#include <fmt/format.h>

#include <array>

#include "zoo/blocks.hpp"
#include "zoo/zoo.hpp"

namespace noyau::zoo {
namespace {

enum class Stem : std::uint8_t {
  plain,  ///< 7x7 convolution, stride 2, and a max pool
  deep,   ///< three 3x3 convolutions instead (ResNet-D)
  rs      ///< deep, and a 3x3 convolution with stride 2 instead of the max pool (ResNet-RS)
};

struct ResNetConfig {
  std::array<std::int64_t, 4> blocks = {2, 2, 2, 2};
  bool bottleneck = true;
  std::int64_t groups = 1;  ///< cardinality of ResNeXt
  std::int64_t width_per_group = 64;
  Stem stem = Stem::plain;
  bool average_shortcut = false;  ///< shortcuts that stride pool first (ResNet-D)
  double se_ratio = 0;            ///< squeeze and excitation to this share of the channels
  bool timm = false;              ///< names of timm's layers, torchvision's otherwise
};

// One network under construction: names differ between the two sources of weights.
class ResNet {
 public:
  ResNet(nn::Builder& b, const ResNetConfig& config, bool zero_gamma)
      : b_(b), config_(config), last_norm_{.weight_init = zero_gamma ? 0.0 : 1.0} {}

  ValueId run(ValueId x, std::int64_t classes) {
    x = stem(x);
    constexpr std::array<std::int64_t, 4> kWidths = {64, 128, 256, 512};
    for (std::size_t stage = 0; stage < 4; ++stage)
      for (std::int64_t i = 0; i < config_.blocks[stage]; ++i)
        x = block(x, fmt::format("layer{}.{}", stage + 1, i), kWidths[stage],
                  stage > 0 && i == 0 ? 2 : 1);
    x = nn::global_avg_pool(b_, x, config_.timm ? "global_pool.pool" : "avgpool");
    x = nn::head_dropout(b_, x, "dropout");
    return nn::classifier(b_, x, "fc", {.out_features = classes});
  }

 private:
  std::string act(const std::string& name, int i) const {
    return config_.timm ? fmt::format("{}act{}", name, i) : name + "relu";
  }

  // Fan-out without regard to groups, as both sources count it.
  ValueId conv(ValueId x, const std::string& name, std::int64_t out, std::int64_t kernel,
               std::int64_t stride = 1, std::int64_t groups = 1) {
    return nn::conv2d(b_, x, name,
                      {.out_channels = out,
                       .kernel_size = kernel,
                       .stride = stride,
                       .padding = kernel / 2,
                       .groups = groups,
                       .bias = false,
                       .init = nn::kKaimingNormal});
  }
  ValueId norm_act(ValueId x, const std::string& norm, const std::string& act) {
    return nn::relu(b_, nn::batch_norm(b_, x, norm), act);
  }

  ValueId stem(ValueId x) {
    if (config_.stem == Stem::plain) {
      x = conv(x, "conv1", 64, 7, 2);
    } else {
      x = norm_act(conv(x, "conv1.0", 32, 3, 2), "conv1.1", "conv1.2");
      x = norm_act(conv(x, "conv1.3", 32, 3), "conv1.4", "conv1.5");
      x = conv(x, "conv1.6", 64, 3);
    }
    x = norm_act(x, "bn1", act("", 1));
    if (config_.stem == Stem::rs)
      return norm_act(conv(x, "maxpool.0", 64, 3, 2), "maxpool.1", "maxpool.2");
    return nn::max_pool2d(b_, x, "maxpool", {.kernel_size = 3, .stride = 2, .padding = 1});
  }

  ValueId block(ValueId x, const std::string& name, std::int64_t width, std::int64_t stride) {
    const std::int64_t out = config_.bottleneck ? 4 * width : width;
    ValueId y =
        config_.bottleneck ? bottleneck(x, name, width, stride) : basic(x, name, width, stride);
    if (config_.se_ratio > 0)
      y = squeeze_excite(b_, y, name + ".se", round_channels(double(out) * config_.se_ratio));
    y = nn::add_shortcut(b_, y, shortcut(x, name + ".downsample", out, stride), name);
    return nn::relu(b_, y, act(name + ".", config_.bottleneck ? 3 : 2));
  }

  ValueId basic(ValueId x, const std::string& name, std::int64_t width, std::int64_t stride) {
    x = norm_act(conv(x, name + ".conv1", width, 3, stride), name + ".bn1", act(name + ".", 1));
    return nn::batch_norm(b_, conv(x, name + ".conv2", width, 3), name + ".bn2", last_norm_);
  }

  ValueId bottleneck(ValueId x, const std::string& name, std::int64_t width, std::int64_t stride) {
    const std::int64_t inner = width * config_.width_per_group / 64 * config_.groups;
    x = norm_act(conv(x, name + ".conv1", inner, 1), name + ".bn1", act(name + ".", 1));
    x = norm_act(conv(x, name + ".conv2", inner, 3, stride, config_.groups), name + ".bn2",
                 act(name + ".", 2));
    return nn::batch_norm(b_, conv(x, name + ".conv3", 4 * width, 1), name + ".bn3", last_norm_);
  }

  ValueId shortcut(ValueId x, const std::string& name, std::int64_t out, std::int64_t stride) {
    if (stride == 1 && b_.channels(x) == out) return x;
    if (!config_.average_shortcut)
      return nn::batch_norm(b_, conv(x, name + ".0", out, 1, stride), name + ".1");
    if (stride > 1)
      x = nn::avg_pool2d(
          b_, x, name + ".0",
          {.kernel_size = 2, .stride = stride, .ceil_mode = true, .count_include_pad = false});
    return nn::batch_norm(b_, conv(x, name + ".1", out, 1), name + ".2");
  }

  nn::Builder& b_;
  const ResNetConfig& config_;
  const nn::BatchNormOptions last_norm_;
};

constexpr const char* kResNet = "He et al. 2016, Deep residual learning for image recognition";
constexpr const char* kResNeXt =
    "Xie et al. 2017, Aggregated residual transformations for deep neural networks";
constexpr const char* kResNetD =
    "He et al. 2019, Bag of tricks for image classification with convolutional neural networks";
constexpr const char* kSeNet = "Hu et al. 2018, Squeeze-and-excitation networks";

Variant row(std::string name, std::string summary, std::string paper, ResNetConfig config,
            Published published) {
  return {.name = std::move(name),
          .summary = std::move(summary),
          .paper = std::move(paper),
          .published = published,
          .smallest_image = 32,
          .build = [config](nn::Builder& b, ValueId x, const NetworkOptions& options) {
            return ResNet(b, config, options.zero_gamma).run(x, options.classes);
          }};
}

Variant plain(int depth, ResNetConfig config, Published published) {
  return row(fmt::format("resnet{}", depth), fmt::format("residual network of {} layers", depth),
             kResNet, config, published);
}

Variant d(int depth, ResNetConfig config, Published published) {
  config.stem = Stem::deep;
  config.average_shortcut = config.timm = true;
  return row(fmt::format("resnet{}d", depth),
             fmt::format("ResNet-{} with the D stem and average-pooled shortcuts", depth), kResNetD,
             config, published);
}

Variant rs(int depth, ResNetConfig config, Published published) {
  config.stem = Stem::rs;
  config.average_shortcut = config.timm = true;
  config.se_ratio = 0.25;
  return row(fmt::format("resnetrs{}", depth),
             fmt::format("ResNet-RS-{}: ResNet-D with squeeze and excitation", depth),
             "Bello et al. 2021, Revisiting ResNets: improved training and scaling strategies",
             config, published);
}

}  // namespace

/// Convolutions start as in He et al. 2015 (normal, fan_out), norms at 1 and 0, the linear layer as
/// in torch. `zero_gamma` starts the last norm of each residual branch at 0.
std::vector<Variant> resnet() {
  const auto bottleneck = [](std::array<std::int64_t, 4> blocks) {
    return ResNetConfig{.blocks = blocks};
  };
  const auto wider = [](std::array<std::int64_t, 4> blocks, std::int64_t groups,
                        std::int64_t width) {
    return ResNetConfig{.blocks = blocks, .groups = groups, .width_per_group = width};
  };
  ResNetConfig basic18{.blocks = {2, 2, 2, 2}, .bottleneck = false};
  ResNetConfig basic34{.blocks = {3, 4, 6, 3}, .bottleneck = false};
  ResNetConfig resnet200 = bottleneck({3, 24, 36, 3});
  resnet200.timm = true;
  ResNetConfig next101 = wider({3, 4, 23, 3}, 32, 4);
  next101.timm = true;
  ResNetConfig se50{.blocks = {3, 4, 6, 3}, .se_ratio = 1.0 / 16, .timm = true};
  ResNetConfig sex50 = se50;
  sex50.groups = 32;
  sex50.width_per_group = 4;
  return {
      plain(18, basic18, {11'689'512, 1'814'073'344, 3, 224, 1000}),
      plain(34, basic34, {21'797'672, 3'663'761'408, 3, 224, 1000}),
      plain(50, bottleneck({3, 4, 6, 3}), {25'557'032, 4'089'184'256, 3, 224, 1000}),
      plain(101, bottleneck({3, 4, 23, 3}), {44'549'160, 7'801'405'440, 3, 224, 1000}),
      plain(152, bottleneck({3, 8, 36, 3}), {60'192'808, 11'513'626'624, 3, 224, 1000}),
      plain(200, resnet200, {64'673'832, 15'007'481'856, 3, 224, 1000}),
      row("wide_resnet50_2", "ResNet-50 with 3x3 convolutions twice as wide",
          "Zagoruyko and Komodakis 2016, Wide residual networks", wider({3, 4, 6, 3}, 1, 128),
          {68'883'240, 11'398'021'120, 3, 224, 1000}),
      row("resnext50_32x4d", "ResNet-50 with 32 groups of 4 channels", kResNeXt,
          wider({3, 4, 6, 3}, 32, 4), {25'028'904, 4'230'479'872, 3, 224, 1000}),
      row("resnext101_32x4d", "ResNet-101 with 32 groups of 4 channels", kResNeXt, next101,
          {44'177'704, 7'969'996'800, 3, 224, 1000}),
      row("seresnet50", "ResNet-50 with squeeze and excitation", kSeNet, se50,
          {28'088'024, 4'091'699'200, 3, 224, 1000}),
      row("seresnext50_32x4d", "ResNeXt-50 with squeeze and excitation", kSeNet, sex50,
          {27'559'896, 4'232'994'816, 3, 224, 1000}),
      d(26, bottleneck({2, 2, 2, 2}), {16'014'408, 2'581'897'216, 3, 224, 1000}),
      d(50, bottleneck({3, 4, 6, 3}), {25'576'264, 4'328'824'832, 3, 224, 1000}),
      d(101, bottleneck({3, 4, 23, 3}), {44'568'392, 8'041'046'016, 3, 224, 1000}),
      rs(50, bottleneck({3, 4, 6, 3}), {35'691'912, 2'278'629'376, 3, 160, 1000}),
      rs(101, bottleneck({3, 4, 23, 3}), {63'618'696, 6'012'157'952, 3, 192, 1000}),
  };
}

}  // namespace noyau::zoo
