#include <fmt/format.h>

#include "zoo/zoo.hpp"

namespace noyau::zoo {
namespace {

struct VggConfig {
  /// 3x3 convolutions of each stage; a 2x2 max pool ends it.
  std::vector<std::int64_t> convolutions;
  bool norm = false;
};

constexpr Init kSmallNormal{Init::Kind::normal, 0.01, 0};
constexpr Init kZero{Init::Kind::constant, 0.0, 0};

ValueId build_features(nn::Builder& b, ValueId x, const VggConfig& config) {
  int index = 0;
  const auto name = [&index] { return fmt::format("features.{}", index++); };
  constexpr std::int64_t kWidths[] = {64, 128, 256, 512, 512};
  for (std::size_t stage = 0; stage < config.convolutions.size(); ++stage) {
    for (std::int64_t i = 0; i < config.convolutions[stage]; ++i) {
      x = nn::conv2d(b, x, name(),
                     {.out_channels = kWidths[stage],
                      .kernel_size = 3,
                      .padding = 1,
                      .init = nn::kKaimingNormal,
                      .bias_init = kZero});
      if (config.norm) x = nn::batch_norm(b, x, name());
      x = nn::relu(b, x, name());
    }
    x = nn::max_pool2d(b, x, name(), {.kernel_size = 2});
  }
  return x;
}

ValueId dropped(nn::Builder& b, ValueId x, const char* name) {
  return nn::head_dropout(b, x, name, {.p = 0.5});
}

ValueId build_network(nn::Builder& b, ValueId x, std::int64_t classes, const VggConfig& config) {
  x = build_features(b, x, config);
  x = nn::adaptive_avg_pool2d(b, x, "avgpool", {.output_size = 7});
  x = nn::flatten(b, x, "flatten");
  const auto options = [](std::int64_t out) {
    return nn::LinearOptions{.out_features = out, .init = kSmallNormal, .bias_init = kZero};
  };
  x = nn::linear(b, x, "classifier.0", options(4096));
  x = dropped(b, nn::relu(b, x, "classifier.1"), "classifier.2");
  x = nn::linear(b, x, "classifier.3", options(4096));
  x = dropped(b, nn::relu(b, x, "classifier.4"), "classifier.5");
  return nn::classifier(b, x, "classifier.6", options(classes));
}

Variant row(int depth, std::vector<std::int64_t> convolutions, bool norm, Published published) {
  const VggConfig config{std::move(convolutions), norm};
  return {.name = fmt::format("vgg{}{}", depth, norm ? "_bn" : ""),
          .summary = fmt::format("{} layers of 3x3 convolutions and large linear layers{}", depth,
                                 norm ? ", with batch norm" : ""),
          .paper =
              "Simonyan and Zisserman 2015, Very deep convolutional networks for large-scale image "
              "recognition",
          .published = published,
          .smallest_image = 32,
          .build = [config](nn::Builder& b, ValueId x, const NetworkOptions& options) {
            return build_network(b, x, options.classes, config);
          }};
}

}  // namespace

/// Starts as torchvision's: convolutions as in He et al. 2015 (normal, fan_out), linear layers
/// normal with deviation 0.01, biases 0.
std::vector<Variant> vgg() {
  std::vector<Variant> rows;
  for (const bool norm : {false, true}) {
    rows.push_back(row(11, {1, 1, 2, 2, 2}, norm,
                       {norm ? 132'868'840 : 132'863'336, 7'609'090'048, 3, 224, 1000}));
    rows.push_back(row(13, {2, 2, 2, 2, 2}, norm,
                       {norm ? 133'053'736 : 133'047'848, 11'308'466'176, 3, 224, 1000}));
    rows.push_back(row(16, {2, 2, 3, 3, 3}, norm,
                       {norm ? 138'365'992 : 138'357'544, 15'470'264'320, 3, 224, 1000}));
    rows.push_back(row(19, {2, 2, 4, 4, 4}, norm,
                       {norm ? 143'678'248 : 143'667'240, 19'632'062'464, 3, 224, 1000}));
  }
  return rows;
}

}  // namespace noyau::zoo
