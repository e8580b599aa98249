#include <fmt/format.h>

#include <cmath>
#include <iterator>

#include "zoo/blocks.hpp"
#include "zoo/zoo.hpp"

namespace noyau::zoo {
namespace {

enum class Norm : std::uint8_t {
  batch,
  layer,  ///< all channels and positions of a picture together
  group,
  none  ///< biases, and branches that start at zero
};

struct CifarResNetConfig {
  std::int64_t blocks_per_stage = 3;  ///< depth = 6 * blocks + 2
  std::vector<std::int64_t> widths = {16, 32, 64};
  Norm norm = Norm::batch;
  bool average_shortcut = false;  ///< shortcuts that stride pool first (ResNet-D)
  bool squeeze_excite = false;

  std::int64_t branches() const { return blocks_per_stage * std::ssize(widths); }
};

constexpr std::int64_t kGroups = 8;
constexpr std::int64_t kSqueeze = 4;  // the gate has this share of the channels
constexpr Init kZero{Init::Kind::constant, 0.0, 0};

class CifarResNet {
 public:
  CifarResNet(nn::Builder& b, const CifarResNetConfig& config) : b_(b), config_(config) {}

  ValueId run(ValueId x, std::int64_t classes) {
    x = unit(x, {"conv1", "bn1", "relu1"},
             {.out_channels = config_.widths.front(), .kernel_size = 3, .padding = 1});
    for (std::size_t stage = 0; stage < config_.widths.size(); ++stage)
      for (std::int64_t i = 0; i < config_.blocks_per_stage; ++i)
        x = block(x, fmt::format("layer{}.{}", stage + 1, i), config_.widths[stage],
                  stage > 0 && i == 0 ? 2 : 1);
    x = nn::head_dropout(b_, nn::global_avg_pool(b_, x, "avgpool"), "dropout");
    nn::LinearOptions fc{.out_features = classes};
    if (config_.norm == Norm::none) fc.init = fc.bias_init = kZero;
    return nn::classifier(b_, x, "fc", fc);
  }

 private:
  // A convolution with what follows it; the names are those of the network with batch norms.
  ValueId unit(ValueId x, const nn::ConvNormActNames& names, nn::Conv2dOptions conv) {
    if (config_.norm == Norm::batch) return nn::conv_norm_act(b_, x, names, conv);
    conv.bias = config_.norm == Norm::none;
    conv.bias_init = kZero;
    if (!conv.init) conv.init = nn::kKaimingNormal;
    x = nn::conv2d(b_, x, names.conv, conv);
    if (config_.norm != Norm::none)
      x = nn::group_norm(b_, x, names.norm, {.groups = config_.norm == Norm::layer ? 1 : kGroups});
    return names.act.empty() ? x : nn::relu(b_, x, names.act);
  }

  ValueId block(ValueId x, const std::string& name, std::int64_t width, std::int64_t stride) {
    nn::Conv2dOptions first{
        .out_channels = width, .kernel_size = 3, .stride = stride, .padding = 1};
    nn::Conv2dOptions second{.out_channels = width, .kernel_size = 3, .padding = 1};
    if (config_.norm == Norm::none) {
      first.init = nn::kKaimingNormal;
      first.init->scale = 1 / std::sqrt(double(config_.branches()));
      second.init = kZero;
    }
    ValueId y = unit(x, {name + ".conv1", name + ".bn1", name + ".relu1"}, first);
    y = unit(y, {name + ".conv2", name + ".bn2", ""}, second);
    if (config_.squeeze_excite) y = squeeze_excite(b_, y, name + ".se", width / kSqueeze);
    y = nn::add_shortcut(b_, y, shortcut(x, name, width, stride), name);
    return nn::relu(b_, y, name + ".relu2");
  }

  ValueId shortcut(ValueId x, const std::string& name, std::int64_t width, std::int64_t stride) {
    if (stride == 1 && b_.channels(x) == width) return x;
    if (config_.average_shortcut) {
      x = nn::avg_pool2d(
          b_, x, name + ".downsample.pool",
          {.kernel_size = 2, .stride = stride, .ceil_mode = true, .count_include_pad = false});
      stride = 1;
    }
    return unit(x, {name + ".downsample.0", name + ".downsample.1", ""},
                {.out_channels = width, .kernel_size = 1, .stride = stride});
  }

  nn::Builder& b_;
  const CifarResNetConfig& config_;
};

constexpr const char* kPaper =
    "He et al. 2016, Deep residual learning for image recognition, section 4.2 (projection "
    "shortcuts where the shape changes)";

Variant row(const std::string& name, const std::string& summary, const std::string& paper,
            const CifarResNetConfig& config, Published published) {
  return {.name = "cifar_resnet" + name,
          .summary = summary,
          .paper = paper,
          .published = published,
          .smallest_image = 4,
          .build = [config](nn::Builder& b, ValueId x, const NetworkOptions& options) {
            return CifarResNet(b, config).run(x, options.classes);
          }};
}

Variant plain(int depth, Published published) {
  return row(std::to_string(depth),
             fmt::format("residual network of {} layers for small pictures", depth), kPaper,
             {.blocks_per_stage = (depth - 2) / 6}, published);
}

std::string with(const char* paper) { return fmt::format("{}; {}", kPaper, paper); }

}  // namespace

/// Convolutions start as in He et al. 2015 (normal, fan_out), the linear layer as in torch. The
/// network without norms starts as Fixup says (Zhang et al. 2019): the last convolution of each
/// branch and the linear layer at 0, the first one of each of L branches smaller by sqrt(L); it has
/// a bias for each channel where Fixup has single biases and factors.
std::vector<Variant> cifar_resnet() {
  const char* bag =
      "He et al. 2019, Bag of tricks for image classification with convolutional neural networks";
  const char* se =
      "Hu et al. 2018, Squeeze-and-excitation networks, with the share of Bello et al. 2021, "
      "Revisiting ResNets";
  const char* group = "Wu and He 2018, Group normalization";
  return {
      plain(20, {272'474, 40'813'184, 3, 32, 10}),
      plain(32, {466'906, 69'124'736, 3, 32, 10}),
      plain(44, {661'338, 97'436'288, 3, 32, 10}),
      plain(56, {855'770, 125'747'840, 3, 32, 10}),
      plain(110, {1'730'714, 253'149'824, 3, 32, 10}),
      row("20_se", "cifar_resnet20 with squeeze and excitation to a quarter of the channels",
          with(se), {.squeeze_excite = true}, {280'958, 40'821'248, 3, 32, 10}),
      row("20_d", "cifar_resnet20 with average-pooled shortcuts", with(bag),
          {.average_shortcut = true}, {272'474, 40'813'184, 3, 32, 10}),
      row("20_se_d", "cifar_resnet20 with average-pooled shortcuts and squeeze and excitation",
          with(bag) + "; " + se, {.average_shortcut = true, .squeeze_excite = true},
          {280'958, 40'821'248, 3, 32, 10}),
      row("20_ln", "cifar_resnet20 with layer norms: one group of all channels and positions",
          with("Ba et al. 2016, Layer normalization, as Wu and He 2018 use it"),
          {.norm = Norm::layer}, {272'474, 40'813'184, 3, 32, 10}),
      row("20_gn", "cifar_resnet20 with group norms of 8 groups", with(group),
          {.norm = Norm::group}, {272'474, 40'813'184, 3, 32, 10}),
      row("20_none", "cifar_resnet20 without norms",
          with("Zhang et al. 2019, Fixup initialization: residual learning without normalization"),
          {.norm = Norm::none}, {271'690, 40'813'184, 3, 32, 10}),
  };
}

}  // namespace noyau::zoo
