#include <fmt/format.h>

#include "zoo/zoo.hpp"

namespace noyau::zoo {
namespace {

struct Block {
  std::int64_t width = 728, separables = 3, stride = 1;
  bool starts_with_relu = true;
  bool grow_first = true;  ///< the first separable convolution widens, otherwise the last
};

ValueId conv(nn::Builder& b, ValueId x, const std::string& name, const nn::Conv2dOptions& o) {
  nn::Conv2dOptions plain = o;
  plain.bias = false;
  plain.init = nn::kKaimingNormal;
  return nn::conv2d(b, x, name, plain);
}

// No norm and no ReLU between the depthwise and the 1x1 convolution.
ValueId separable(nn::Builder& b, ValueId x, const std::string& name, std::int64_t width) {
  const std::int64_t channels = b.channels(x);
  x = conv(b, x, name + ".conv1",
           {.out_channels = channels, .kernel_size = 3, .padding = 1, .groups = channels});
  return conv(b, x, name + ".pointwise", {.out_channels = width, .kernel_size = 1});
}

ValueId block(nn::Builder& b, ValueId x, const std::string& name, const Block& c) {
  const std::int64_t in = b.channels(x);
  int index = c.starts_with_relu ? 0 : 1;
  const auto rep = [&] {
    return fmt::format("{}.rep.{}", name, c.starts_with_relu ? index++ : index++ - 1);
  };
  ValueId y = x;
  for (std::int64_t i = 0; i < c.separables; ++i) {
    const bool wide = c.grow_first || i + 1 == c.separables;
    if (i > 0 || c.starts_with_relu) y = nn::relu(b, y, rep());
    y = separable(b, y, rep(), wide ? c.width : in);
    y = nn::batch_norm(b, y, rep());
  }
  if (c.stride > 1)
    y = nn::max_pool2d(b, y, rep(), {.kernel_size = 3, .stride = c.stride, .padding = 1});
  if (c.stride > 1 || c.width != in) {
    x = conv(b, x, name + ".skip", {.out_channels = c.width, .kernel_size = 1, .stride = c.stride});
    x = nn::batch_norm(b, x, name + ".skipbn");
  }
  return nn::add_shortcut(b, y, x, name);
}

Heads build_network(nn::Builder& b, ValueId x, const NetworkOptions& options) {
  const auto norm_relu = [&](const char* norm, const char* act) {
    x = nn::relu(b, nn::batch_norm(b, x, norm), act);
  };
  x = conv(b, x, "conv1", {.out_channels = 32, .kernel_size = 3, .stride = 2});
  norm_relu("bn1", "act1");
  x = conv(b, x, "conv2", {.out_channels = 64, .kernel_size = 3});
  norm_relu("bn2", "act2");
  x = block(b, x, "block1",
            {.width = 128, .separables = 2, .stride = 2, .starts_with_relu = false});
  x = block(b, x, "block2", {.width = 256, .separables = 2, .stride = 2});
  x = block(b, x, "block3", {.width = 728, .separables = 2, .stride = 2});
  for (int i = 4; i <= 11; ++i) x = block(b, x, fmt::format("block{}", i), {});
  x = block(b, x, "block12", {.width = 1024, .separables = 2, .stride = 2, .grow_first = false});
  x = separable(b, x, "conv3", 1536);
  norm_relu("bn3", "act3");
  x = separable(b, x, "conv4", 2048);
  norm_relu("bn4", "act4");
  x = nn::global_avg_pool(b, x, "global_pool.pool");
  x = nn::head_dropout(b, x, "dropout");
  return nn::classifier(b, x, "fc", {.out_features = options.classes});
}

}  // namespace

/// Named as in timm. Convolutions start as in He et al. 2015 (normal, fan_out), norms at 1 and 0,
/// the linear layer as in torch.
std::vector<Variant> xception() {
  return {{.name = "xception",
           .summary = "depthwise separable convolutions with residual connections",
           .paper = "Chollet 2017, Xception: deep learning with depthwise separable convolutions",
           .published = {22'855'952, 8'357'403'496, 3, 299, 1000},
           .smallest_image = 32,
           .build = build_network}};
}

}  // namespace noyau::zoo
