#include <algorithm>
#include <utility>

#include "zoo/zoo.hpp"

namespace noyau::zoo {
namespace {

constexpr nn::BatchNormOptions kNorm{.eps = 1e-3};

/// A convolution without padding unless it is given; 1x7 and 7x1 are the factors of a 7x7.
struct ConvShape {
  std::int64_t out;
  nn::Size2 kernel = 1;
  std::int64_t stride = 1;
  nn::Padding padding = 0;
  double deviation = 0.1;
};

ValueId conv(nn::Builder& b, ValueId x, const std::string& name, const ConvShape& s) {
  return nn::conv_norm_act(b, x, {name + ".conv", name + ".bn", name + ".relu"},
                           {.out_channels = s.out,
                            .kernel_size = s.kernel,
                            .stride = s.stride,
                            .padding = s.padding,
                            .init = Init{Init::Kind::normal, s.deviation, 0}},
                           kNorm);
}

ConvShape same(std::int64_t out, std::int64_t height, std::int64_t width) {
  return {.out = out, .kernel = {height, width}, .padding = {height / 2, width / 2}};
}

ValueId max_pool(nn::Builder& b, ValueId x, const std::string& name) {
  return nn::max_pool2d(b, x, name, {.kernel_size = 3, .stride = 2});
}

ValueId pooled(nn::Builder& b, ValueId x, const std::string& name, std::int64_t out) {
  x = nn::avg_pool2d(b, x, name + ".avg_pool", {.kernel_size = 3, .stride = 1, .padding = 1});
  return conv(b, x, name + ".branch_pool", {out});
}

// 35x35: one 5x5 branch and one of two 3x3.
ValueId inception_a(nn::Builder& b, ValueId x, const std::string& name, std::int64_t pool_out) {
  const ValueId one = conv(b, x, name + ".branch1x1", {64});
  ValueId five = conv(b, x, name + ".branch5x5_1", {48});
  five = conv(b, five, name + ".branch5x5_2", same(64, 5, 5));
  ValueId twice = conv(b, x, name + ".branch3x3dbl_1", {64});
  twice = conv(b, twice, name + ".branch3x3dbl_2", same(96, 3, 3));
  twice = conv(b, twice, name + ".branch3x3dbl_3", same(96, 3, 3));
  return nn::concat(b, {one, five, twice, pooled(b, x, name, pool_out)}, name + ".concat");
}

// 35x35 to 17x17.
ValueId inception_b(nn::Builder& b, ValueId x, const std::string& name) {
  const ValueId three = conv(b, x, name + ".branch3x3", {384, 3, 2});
  ValueId twice = conv(b, x, name + ".branch3x3dbl_1", {64});
  twice = conv(b, twice, name + ".branch3x3dbl_2", same(96, 3, 3));
  twice = conv(b, twice, name + ".branch3x3dbl_3", {96, 3, 2});
  return nn::concat(b, {three, twice, max_pool(b, x, name + ".max_pool")}, name + ".concat");
}

// 17x17: 7x7 convolutions as 1x7 after 7x1.
ValueId inception_c(nn::Builder& b, ValueId x, const std::string& name, std::int64_t inner) {
  const ValueId one = conv(b, x, name + ".branch1x1", {192});
  ValueId seven = conv(b, x, name + ".branch7x7_1", {inner});
  seven = conv(b, seven, name + ".branch7x7_2", same(inner, 1, 7));
  seven = conv(b, seven, name + ".branch7x7_3", same(192, 7, 1));
  ValueId twice = conv(b, x, name + ".branch7x7dbl_1", {inner});
  twice = conv(b, twice, name + ".branch7x7dbl_2", same(inner, 7, 1));
  twice = conv(b, twice, name + ".branch7x7dbl_3", same(inner, 1, 7));
  twice = conv(b, twice, name + ".branch7x7dbl_4", same(inner, 7, 1));
  twice = conv(b, twice, name + ".branch7x7dbl_5", same(192, 1, 7));
  return nn::concat(b, {one, seven, twice, pooled(b, x, name, 192)}, name + ".concat");
}

// 17x17 to 8x8.
ValueId inception_d(nn::Builder& b, ValueId x, const std::string& name) {
  ValueId three = conv(b, x, name + ".branch3x3_1", {192});
  three = conv(b, three, name + ".branch3x3_2", {320, 3, 2});
  ValueId seven = conv(b, x, name + ".branch7x7x3_1", {192});
  seven = conv(b, seven, name + ".branch7x7x3_2", same(192, 1, 7));
  seven = conv(b, seven, name + ".branch7x7x3_3", same(192, 7, 1));
  seven = conv(b, seven, name + ".branch7x7x3_4", {192, 3, 2});
  return nn::concat(b, {three, seven, max_pool(b, x, name + ".max_pool")}, name + ".concat");
}

// 8x8: the 3x3 convolutions as 1x3 beside 3x1.
ValueId inception_e(nn::Builder& b, ValueId x, const std::string& name) {
  const auto split = [&](ValueId y, const std::string& stem) {
    return std::pair{conv(b, y, stem + "a", same(384, 1, 3)),
                     conv(b, y, stem + "b", same(384, 3, 1))};
  };
  const ValueId one = conv(b, x, name + ".branch1x1", {320});
  const auto three = split(conv(b, x, name + ".branch3x3_1", {384}), name + ".branch3x3_2");
  ValueId twice = conv(b, x, name + ".branch3x3dbl_1", {448});
  twice = conv(b, twice, name + ".branch3x3dbl_2", same(384, 3, 3));
  const auto last = split(twice, name + ".branch3x3dbl_3");
  const ValueId from_pool = pooled(b, x, name, 192);
  return nn::concat(b, {one, three.first, three.second, last.first, last.second, from_pool},
                    name + ".concat");
}

ValueId auxiliary(nn::Builder& b, ValueId x, std::int64_t classes) {
  x = nn::avg_pool2d(b, x, "AuxLogits.avg_pool", {.kernel_size = 5, .stride = 3});
  x = conv(b, x, "AuxLogits.conv0", {128});
  x = conv(b, x, "AuxLogits.conv1", {.out = 768, .kernel = 5, .deviation = 0.01});
  x = nn::global_avg_pool(b, x, "AuxLogits.avgpool");
  return nn::linear(b, x, "AuxLogits.fc",
                    {.out_features = classes, .init = Init{Init::Kind::normal, 0.001, 0}});
}

// Its pool and its 5x5 convolution leave nothing of fewer positions.
bool fits_auxiliary(const nn::Builder& b, ValueId x) {
  const Shape& shape = b.graph.shape(x);
  return std::min(shape[1], shape[2]) >= 17;
}

Heads build_network(nn::Builder& b, ValueId x, const NetworkOptions& options) {
  std::vector<ValueId> aux;
  x = conv(b, x, "Conv2d_1a_3x3", {32, 3, 2});
  x = conv(b, x, "Conv2d_2a_3x3", {32, 3});
  x = conv(b, x, "Conv2d_2b_3x3", same(64, 3, 3));
  x = max_pool(b, x, "maxpool1");
  x = conv(b, x, "Conv2d_3b_1x1", {80});
  x = conv(b, x, "Conv2d_4a_3x3", {192, 3});
  x = max_pool(b, x, "maxpool2");
  x = inception_a(b, x, "Mixed_5b", 32);
  x = inception_a(b, x, "Mixed_5c", 64);
  x = inception_a(b, x, "Mixed_5d", 64);
  x = inception_b(b, x, "Mixed_6a");
  x = inception_c(b, x, "Mixed_6b", 128);
  x = inception_c(b, x, "Mixed_6c", 160);
  x = inception_c(b, x, "Mixed_6d", 160);
  x = inception_c(b, x, "Mixed_6e", 192);
  if (options.aux_heads && fits_auxiliary(b, x)) aux.push_back(auxiliary(b, x, options.classes));
  x = inception_d(b, x, "Mixed_7a");
  x = inception_e(b, x, "Mixed_7b");
  x = inception_e(b, x, "Mixed_7c");
  x = nn::head_dropout(b, nn::global_avg_pool(b, x, "avgpool"), "dropout", {.p = 0.5});
  x = nn::classifier(b, x, "fc",
                     {.out_features = options.classes, .init = Init{Init::Kind::normal, 0.1, 0}});
  return {x, std::move(aux)};
}

}  // namespace

/// Starts as torchvision's: weights normal with deviation 0.1 (0.01 and 0.001 in the auxiliary
/// classifier), norms at 1 and 0. The auxiliary loss counts 0.4 in training (27,161,264 parameters
/// with it); pictures of less than 299 pixels have none. The network has no step that changes the
/// scale of its input.
std::vector<Variant> inception_v3() {
  return {
      {.name = "inception_v3",
       .summary = "Inception modules with 7x7 convolutions factored into 1x7 and 7x1",
       .paper = "Szegedy et al. 2016, Rethinking the Inception architecture for computer vision",
       .published = {23'834'568, 5'713'216'096, 3, 299, 1000},
       .smallest_image = 75,
       .build = build_network,
       .aux_weight = 0.4}};
}

}  // namespace noyau::zoo
