#include "zoo/zoo.hpp"

namespace noyau::zoo {
namespace {

/// LeNet-5 as it is written today: ReLU and max pooling, a fully connected C3 and a softmax. The
/// initialisation is torch's default.
Heads lenet5(nn::Builder& b, ValueId x, const NetworkOptions& options) {
  x = nn::conv2d(b, x, "conv1", {.out_channels = 6, .kernel_size = 5});
  x = nn::relu(b, x, "relu1");
  x = nn::max_pool2d(b, x, "pool1");
  x = nn::conv2d(b, x, "conv2", {.out_channels = 16, .kernel_size = 5});
  x = nn::relu(b, x, "relu2");
  x = nn::max_pool2d(b, x, "pool2");
  x = nn::flatten(b, x, "flatten");
  x = nn::relu(b, nn::linear(b, x, "fc1", {.out_features = 120}), "relu3");
  x = nn::relu(b, nn::linear(b, x, "fc2", {.out_features = 84}), "relu4");
  x = nn::head_dropout(b, x, "dropout");
  return nn::classifier(b, x, "fc3", {.out_features = options.classes});
}

}  // namespace

std::vector<Variant> lenet() {
  return {{.name = "lenet5",
           .summary = "two convolutions and three linear layers, for small pictures",
           .paper = "LeCun et al. 1998, Gradient-based learning applied to document recognition "
                    "(here with ReLU, max pooling and a linear output)",
           .published = {44'426, 281'640, 1, 28, 10},
           .smallest_image = 16,
           .build = lenet5}};
}

}  // namespace noyau::zoo
