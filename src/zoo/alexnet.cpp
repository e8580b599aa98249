#include "zoo/zoo.hpp"

namespace noyau::zoo {
namespace {

constexpr Init kSmallNormal{Init::Kind::normal, 0.01, 0};
constexpr Init kZero{Init::Kind::constant, 0.0, 0};
constexpr Init kOne{Init::Kind::constant, 1.0, 0};

ValueId pool(nn::Builder& b, ValueId x, const char* name) {
  return nn::max_pool2d(b, x, name, {.kernel_size = 3, .stride = 2});
}

ValueId dropped(nn::Builder& b, ValueId x, const char* name) {
  return nn::head_dropout(b, x, name, {.p = 0.5});
}

// The one-tower network of Krizhevsky 2014, as torchvision builds it.
Heads alexnet_one_tower(nn::Builder& b, ValueId x, const NetworkOptions& options) {
  const auto conv = [&](const char* name, const char* act, std::int64_t out, std::int64_t kernel,
                        std::int64_t stride, std::int64_t padding) {
    x = nn::conv2d(
        b, x, name,
        {.out_channels = out, .kernel_size = kernel, .stride = stride, .padding = padding});
    x = nn::relu(b, x, act);
  };
  conv("features.0", "features.1", 64, 11, 4, 2);
  x = pool(b, x, "features.2");
  conv("features.3", "features.4", 192, 5, 1, 2);
  x = pool(b, x, "features.5");
  conv("features.6", "features.7", 384, 3, 1, 1);
  conv("features.8", "features.9", 256, 3, 1, 1);
  conv("features.10", "features.11", 256, 3, 1, 1);
  x = pool(b, x, "features.12");
  x = nn::adaptive_avg_pool2d(b, x, "avgpool", {.output_size = 6});
  x = dropped(b, nn::flatten(b, x, "flatten"), "classifier.0");
  x = nn::relu(b, nn::linear(b, x, "classifier.1", {.out_features = 4096}), "classifier.2");
  x = dropped(b, x, "classifier.3");
  x = nn::relu(b, nn::linear(b, x, "classifier.4", {.out_features = 4096}), "classifier.5");
  return nn::classifier(b, x, "classifier.6", {.out_features = options.classes});
}

// The network of 2012 in one tower, without the groups that two GPUs asked for; pools stand before
// the norms.
Heads alexnet_original(nn::Builder& b, ValueId x, const NetworkOptions& options) {
  const auto conv = [&](const char* name, const char* act, std::int64_t out, std::int64_t kernel,
                        std::int64_t stride, std::int64_t padding, Init bias) {
    x = nn::conv2d(b, x, name,
                   {.out_channels = out,
                    .kernel_size = kernel,
                    .stride = stride,
                    .padding = padding,
                    .init = kSmallNormal,
                    .bias_init = bias});
    x = nn::relu(b, x, act);
  };
  const auto pool_and_norm = [&](const char* name, const char* norm) {
    x = nn::local_response_norm(b, pool(b, x, name), norm,
                                {.size = 5, .alpha = 1e-4, .beta = 0.75, .k = 2.0});
  };
  const auto layer = [](std::int64_t out, Init bias) {
    return nn::LinearOptions{.out_features = out, .init = kSmallNormal, .bias_init = bias};
  };
  conv("features.0", "features.1", 96, 11, 4, 0, kZero);
  pool_and_norm("features.2", "features.3");
  conv("features.4", "features.5", 256, 5, 1, 2, kOne);
  pool_and_norm("features.6", "features.7");
  conv("features.8", "features.9", 384, 3, 1, 1, kZero);
  conv("features.10", "features.11", 384, 3, 1, 1, kOne);
  conv("features.12", "features.13", 256, 3, 1, 1, kOne);
  x = pool(b, x, "features.14");
  x = dropped(b, nn::flatten(b, x, "flatten"), "classifier.0");
  x = nn::linear(b, x, "classifier.1", layer(4096, kOne));
  x = dropped(b, nn::relu(b, x, "classifier.2"), "classifier.3");
  x = nn::linear(b, x, "classifier.4", layer(4096, kOne));
  x = nn::relu(b, x, "classifier.5");
  return nn::classifier(b, x, "classifier.6", layer(options.classes, kZero));
}

}  // namespace

/// alexnet starts as torch does by default, alexnet_original as its paper says: normal with
/// deviation 0.01, biases 1 in the second, fourth and fifth convolution and the hidden linear
/// layers, else 0.
std::vector<Variant> alexnet() {
  return {
      {.name = "alexnet",
       .summary = "five convolutions and three linear layers, one tower",
       .paper = "Krizhevsky 2014, One weird trick for parallelizing convolutional networks",
       .published = {61'100'840, 714'188'480, 3, 224, 1000},
       .smallest_image = 63,
       .build = alexnet_one_tower},
      {.name = "alexnet_original",
       .summary = "the network of 2012 with response norms, in one tower",
       .paper = "Krizhevsky et al. 2012, ImageNet classification with deep convolutional neural "
                "networks",
       .published = {62'378'344, 1'135'256'096, 3, 227, 1000},
       .smallest_image = 67,
       .build = alexnet_original}};
}

}  // namespace noyau::zoo
