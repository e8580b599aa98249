#include <fmt/format.h>

#include <cmath>

#include "zoo/blocks.hpp"
#include "zoo/zoo.hpp"

namespace noyau::zoo {
namespace {

/// Blocks of one width: a depthwise convolution between a widening and a narrowing 1x1 one.
struct Stage {
  std::int64_t blocks, width, kernel, stride, expansion;
};
constexpr Stage kStages[] = {{1, 16, 3, 1, 1}, {2, 24, 3, 2, 6},  {2, 40, 5, 2, 6},
                             {3, 80, 3, 2, 6}, {3, 112, 5, 1, 6}, {4, 192, 5, 2, 6},
                             {1, 320, 3, 1, 6}};
constexpr std::size_t kStageCount = std::size(kStages);

struct EfficientNetConfig {
  double width_multiplier = 1.0, depth_multiplier = 1.0;
  double dropout = 0.2;
};
constexpr double kDropPath =
    0.2;  // of the last block; earlier ones drop in proportion to their depth

// The first and the last stage keep their depth.
std::int64_t depth(std::size_t stage, double multiplier) {
  const auto blocks = double(kStages[stage].blocks);
  return stage == 0 || stage + 1 == kStageCount ? std::int64_t(blocks)
                                                : std::int64_t(std::ceil(blocks * multiplier));
}

class EfficientNetLite {
 public:
  EfficientNetLite(nn::Builder& b, const EfficientNetConfig& config) : b_(b), config_(config) {}

  ValueId run(ValueId x, std::int64_t classes) {
    x = relu6(conv(x, "conv_stem", "bn1",
                   {.out_channels = 32, .kernel_size = 3, .stride = 2, .padding = 1}),
              "bn1");
    for (std::size_t s = 0; s < kStageCount; ++s) total_ += depth(s, config_.depth_multiplier);
    for (std::size_t s = 0; s < kStageCount; ++s)
      for (std::int64_t i = 0; i < depth(s, config_.depth_multiplier); ++i)
        x = block(x, fmt::format("blocks.{}.{}", s, i), kStages[s], i == 0 ? kStages[s].stride : 1);
    x = relu6(conv(x, "conv_head", "bn2", {.out_channels = 1280, .kernel_size = 1}), "bn2");
    x = nn::global_avg_pool(b_, x, "global_pool.pool");
    x = nn::head_dropout(b_, x, "dropout", {.p = config_.dropout});
    return nn::classifier(b_, x, "classifier",
                          {.out_features = classes,
                           .init = Init{Init::Kind::uniform, 1 / std::sqrt(double(classes)), 0},
                           .bias_init = Init{}});
  }

 private:
  ValueId conv(ValueId x, const std::string& name, const std::string& norm,
               const nn::Conv2dOptions& options) {
    return nn::conv_norm_act(b_, x, {name, norm, ""}, options);
  }
  ValueId relu6(ValueId x, const std::string& norm) {
    return nn::activation(b_, x, norm + ".act", nn::Activation::relu6);
  }
  ValueId depthwise(ValueId x, const std::string& name, const std::string& norm, const Stage& s,
                    std::int64_t stride) {
    const std::int64_t channels = b_.channels(x);
    return relu6(conv(x, name, norm,
                      {.out_channels = channels,
                       .kernel_size = s.kernel,
                       .stride = stride,
                       .padding = s.kernel / 2,
                       .groups = channels}),
                 norm);
  }

  ValueId block(ValueId x, const std::string& name, const Stage& s, std::int64_t stride) {
    const std::int64_t in = b_.channels(x);
    const std::int64_t out = round_channels(double(s.width) * config_.width_multiplier);
    ValueId y = x;
    if (s.expansion == 1) {
      y = depthwise(y, name + ".conv_dw", name + ".bn1", s, stride);
      y = conv(y, name + ".conv_pw", name + ".bn2", {.out_channels = out, .kernel_size = 1});
    } else {
      y = relu6(conv(y, name + ".conv_pw", name + ".bn1",
                     {.out_channels = in * s.expansion, .kernel_size = 1}),
                name + ".bn1");
      y = depthwise(y, name + ".conv_dw", name + ".bn2", s, stride);
      y = conv(y, name + ".conv_pwl", name + ".bn3", {.out_channels = out, .kernel_size = 1});
    }
    const double p = kDropPath * double(done_++) / double(total_);
    if (stride > 1 || in != out) return y;
    return nn::add_shortcut(b_, y, x, name, {.p = p});
  }

  nn::Builder& b_;
  const EfficientNetConfig& config_;
  std::int64_t total_ = 0, done_ = 0;  // blocks
};

Variant row(int index, EfficientNetConfig config, Published published) {
  return {.name = fmt::format("efficientnet_lite{}", index),
          .summary = fmt::format("EfficientNet-Lite{}: inverted residual blocks, ReLU6, no squeeze",
                                 index),
          .paper =
              "Tan and Le 2019, EfficientNet: rethinking model scaling for convolutional neural "
              "networks; the Lite variants are Google's of 2020",
          .published = published,
          .smallest_image = 32,
          .build = [config](nn::Builder& b, ValueId x, const NetworkOptions& options) {
            return EfficientNetLite(b, config).run(x, options.classes);
          }};
}

}  // namespace

/// Named as in timm. Convolutions start normal with variance 2 / fan_out per group (He et al.
/// 2015), the linear layer uniform in +-1 / sqrt(classes) with bias 0.
std::vector<Variant> efficientnet_lite() {
  return {row(0, {1.0, 1.0, 0.2}, {4'652'008, 385'187'552, 3, 224, 1000}),
          row(1, {1.0, 1.1, 0.2}, {5'416'680, 600'185'232, 3, 240, 1000}),
          row(2, {1.1, 1.2, 0.3}, {6'092'072, 859'736'272, 3, 260, 1000}),
          row(3, {1.2, 1.4, 0.3}, {8'197'096, 1'607'554'544, 3, 300, 1000}),
          row(4, {1.4, 1.8, 0.3}, {13'006'568, 3'943'564'112, 3, 380, 1000})};
}

}  // namespace noyau::zoo
