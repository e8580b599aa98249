#include <utility>

#include "zoo/zoo.hpp"

namespace noyau::zoo {
namespace {

constexpr nn::BatchNormOptions kNorm{.eps = 1e-3};
constexpr Init kSmallNormal{Init::Kind::normal, 0.01, 0};

ValueId conv(nn::Builder& b, ValueId x, const std::string& name, std::int64_t out,
             std::int64_t kernel, std::int64_t stride = 1) {
  return nn::conv_norm_act(b, x, {name + ".conv", name + ".bn", name + ".relu"},
                           {.out_channels = out,
                            .kernel_size = kernel,
                            .stride = stride,
                            .padding = kernel / 2,
                            .init = kSmallNormal},
                           kNorm);
}

ValueId pool(nn::Builder& b, ValueId x, const std::string& name, std::int64_t kernel,
             std::int64_t stride, std::int64_t padding = 0) {
  return nn::max_pool2d(
      b, x, name, {.kernel_size = kernel, .stride = stride, .padding = padding, .ceil_mode = true});
}

/// Channels of the four branches of an Inception module; `reduce` are the 1x1 convolutions ahead of
/// the 3x3 ones. (The paper's 5x5 branch is a 3x3 in every published set of weights.)
struct Inception {
  const char* name;
  std::int64_t one, reduce2, three2, reduce3, three3, pooled;
};
constexpr Inception kStage3[] = {{"inception3a", 64, 96, 128, 16, 32, 32},
                                 {"inception3b", 128, 128, 192, 32, 96, 64}};
constexpr Inception kStage4[] = {{"inception4a", 192, 96, 208, 16, 48, 64},
                                 {"inception4b", 160, 112, 224, 24, 64, 64},
                                 {"inception4c", 128, 128, 256, 24, 64, 64},
                                 {"inception4d", 112, 144, 288, 32, 64, 64},
                                 {"inception4e", 256, 160, 320, 32, 128, 128}};
constexpr Inception kStage5[] = {{"inception5a", 256, 160, 320, 32, 128, 128},
                                 {"inception5b", 384, 192, 384, 48, 128, 128}};

ValueId inception(nn::Builder& b, ValueId x, const Inception& c) {
  const std::string name = c.name;
  const ValueId one = conv(b, x, name + ".branch1", c.one, 1);
  const ValueId two =
      conv(b, conv(b, x, name + ".branch2.0", c.reduce2, 1), name + ".branch2.1", c.three2, 3);
  const ValueId three =
      conv(b, conv(b, x, name + ".branch3.0", c.reduce3, 1), name + ".branch3.1", c.three3, 3);
  const ValueId four =
      conv(b, pool(b, x, name + ".branch4.0", 3, 1, 1), name + ".branch4.1", c.pooled, 1);
  return nn::concat(b, {one, two, three, four}, name + ".concat");
}

ValueId auxiliary(nn::Builder& b, ValueId x, const std::string& name, std::int64_t classes) {
  x = nn::adaptive_avg_pool2d(b, x, name + ".avgpool", {.output_size = 4});
  x = nn::flatten(b, conv(b, x, name + ".conv", 128, 1), name + ".flatten");
  x = nn::linear(b, x, name + ".fc1", {.out_features = 1024, .init = kSmallNormal});
  x = nn::dropout(b, nn::relu(b, x, name + ".relu"), name + ".dropout", {.p = 0.7});
  return nn::linear(b, x, name + ".fc2", {.out_features = classes, .init = kSmallNormal});
}

Heads build_network(nn::Builder& b, ValueId x, const NetworkOptions& options) {
  std::vector<ValueId> aux;
  const auto add_aux = [&](const char* name) {
    if (options.aux_heads) aux.push_back(auxiliary(b, x, name, options.classes));
  };
  x = pool(b, conv(b, x, "conv1", 64, 7, 2), "maxpool1", 3, 2);
  x = conv(b, conv(b, x, "conv2", 64, 1), "conv3", 192, 3);
  x = pool(b, x, "maxpool2", 3, 2);
  for (const Inception& module : kStage3) x = inception(b, x, module);
  x = pool(b, x, "maxpool3", 3, 2);
  for (const Inception& module : kStage4) {
    if (&module == &kStage4[1]) add_aux("aux1");
    if (&module == &kStage4[4]) add_aux("aux2");
    x = inception(b, x, module);
  }
  x = pool(b, x, "maxpool4", 2, 2);
  for (const Inception& module : kStage5) x = inception(b, x, module);
  x = nn::head_dropout(b, nn::global_avg_pool(b, x, "avgpool"), "dropout", {.p = 0.2});
  x = nn::classifier(b, x, "fc", {.out_features = options.classes, .init = kSmallNormal});
  return {x, std::move(aux)};
}

}  // namespace

/// Starts as torchvision's: weights normal with deviation 0.01, norms at 1 and 0. Two auxiliary
/// classifiers in training, whose losses count 0.3 (13,004,888 parameters with them).
std::vector<Variant> googlenet() {
  return {{.name = "googlenet",
           .summary = "Inception modules of four branches, auxiliary heads in training",
           .paper = "Szegedy et al. 2015, Going deeper with convolutions (with batch norm)",
           .published = {6'624'904, 1'498'376'192, 3, 224, 1000},
           .smallest_image = 32,
           .build = build_network,
           .aux_weight = 0.3}};
}

}  // namespace noyau::zoo
