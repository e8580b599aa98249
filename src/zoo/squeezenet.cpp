#include <fmt/format.h>

#include <cmath>

#include "zoo/zoo.hpp"

namespace noyau::zoo {
namespace {

/// A layer of `features`: a fire module, or a max pool where `squeeze` is 0.
struct Fire {
  std::int64_t squeeze = 0, expand = 0;
};

struct SqueezeNetConfig {
  std::int64_t stem_width = 96, stem_kernel = 7;
  std::vector<Fire> layers;
};

constexpr Init kZero{Init::Kind::constant, 0.0, 0};
const Init kKaimingUniform{Init::Kind::kaiming_uniform, std::sqrt(6.0), 0};

ValueId conv_relu(nn::Builder& b, ValueId x, const std::string& name, const std::string& act,
                  nn::Conv2dOptions options) {
  if (!options.init) options.init = kKaimingUniform;
  options.bias_init = kZero;
  return nn::relu(b, nn::conv2d(b, x, name, options), act);
}

ValueId fire(nn::Builder& b, ValueId x, const std::string& name, const Fire& f) {
  x = conv_relu(b, x, name + ".squeeze", name + ".squeeze_activation",
                {.out_channels = f.squeeze, .kernel_size = 1});
  const ValueId one = conv_relu(b, x, name + ".expand1x1", name + ".expand1x1_activation",
                                {.out_channels = f.expand, .kernel_size = 1});
  const ValueId three = conv_relu(b, x, name + ".expand3x3", name + ".expand3x3_activation",
                                  {.out_channels = f.expand, .kernel_size = 3, .padding = 1});
  return nn::concat(b, {one, three}, name + ".concat");
}

ValueId build_network(nn::Builder& b, ValueId x, std::int64_t classes,
                      const SqueezeNetConfig& config) {
  x = conv_relu(
      b, x, "features.0", "features.1",
      {.out_channels = config.stem_width, .kernel_size = config.stem_kernel, .stride = 2});
  for (std::size_t i = 0; i < config.layers.size(); ++i) {
    const std::string name = fmt::format("features.{}", i + 2);
    x = config.layers[i].squeeze > 0
            ? fire(b, x, name, config.layers[i])
            : nn::max_pool2d(b, x, name, {.kernel_size = 3, .stride = 2, .ceil_mode = true});
  }
  x = nn::head_dropout(b, x, "classifier.0", {.p = 0.5});
  x = conv_relu(
      b, x, "classifier.1", "classifier.2",
      {.out_channels = classes, .kernel_size = 1, .init = Init{Init::Kind::normal, 0.01, 0}});
  return nn::global_avg_pool(b, x, "classifier.3");
}

Variant row(const char* name, const char* summary, SqueezeNetConfig config, Published published) {
  return {
      .name = name,
      .summary = summary,
      .paper = "Iandola et al. 2016, SqueezeNet: AlexNet-level accuracy with 50x fewer parameters",
      .published = published,
      .smallest_image = 21,
      .build = [config](nn::Builder& b, ValueId x, const NetworkOptions& options) {
        return build_network(b, x, options.classes, config);
      }};
}

}  // namespace

/// Starts as torchvision's: convolutions uniform with variance 2 / fan_in (He et al. 2015), the
/// last one normal with deviation 0.01, biases 0.
std::vector<Variant> squeezenet() {
  constexpr Fire kPool{};
  return {row("squeezenet1_0", "fire modules: squeeze to few channels, expand with 1x1 and 3x3",
              {.stem_width = 96,
               .stem_kernel = 7,
               .layers = {kPool,
                          {16, 64},
                          {16, 64},
                          {32, 128},
                          kPool,
                          {32, 128},
                          {48, 192},
                          {48, 192},
                          {64, 256},
                          kPool,
                          {64, 256}}},
              {1'248'424, 818'924'576, 3, 224, 1000}),
          row("squeezenet1_1", "SqueezeNet with 2.4 times fewer multiply-adds",
              {.stem_width = 64,
               .stem_kernel = 3,
               .layers = {kPool,
                          {16, 64},
                          {16, 64},
                          kPool,
                          {32, 128},
                          {32, 128},
                          kPool,
                          {48, 192},
                          {48, 192},
                          {64, 256},
                          {64, 256}}},
              {1'235'496, 349'151'936, 3, 224, 1000})};
}

}  // namespace noyau::zoo
