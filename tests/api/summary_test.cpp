#include <gtest/gtest.h>

#include <map>

#include "noyau/compare.hpp"
#include "noyau/error.hpp"
#include "noyau/model.hpp"

namespace noyau {
namespace {

std::map<std::string, LayerSummary> layers_of(const std::string& model) {
  std::map<std::string, LayerSummary> result;
  for (const LayerSummary& layer : summarise({.name = model}).layers) result[layer.name] = layer;
  return result;
}

TEST(Summary, CutsThePictureOfAlexNetAsItsPaperDoes) {
  auto layers = layers_of("alexnet_original");
  EXPECT_EQ(layers["features.0"].output, Shape({1, 55, 55, 96}));
  EXPECT_EQ(layers["features.2"].output, Shape({1, 27, 27, 96}));
  EXPECT_EQ(layers["features.4"].output, Shape({1, 27, 27, 256}));
  EXPECT_EQ(layers["features.6"].output, Shape({1, 13, 13, 256}));
  EXPECT_EQ(layers["features.12"].output, Shape({1, 13, 13, 256}));
  EXPECT_EQ(layers["features.14"].output, Shape({1, 6, 6, 256}));
  EXPECT_EQ(layers["features.0"].kernel, "11x11 s4");
}

TEST(Summary, GivesTheWeightsOfVgg16ApartFromItsBiases) {
  auto layers = layers_of("vgg16");
  const auto weights = [&](const char* name) {
    return layers[name].parameters - layers[name].biases;
  };
  EXPECT_EQ(weights("features.0"), 1'728);
  EXPECT_EQ(layers["features.0"].biases, 64);
  EXPECT_EQ(weights("features.2"), 36'864);
  EXPECT_EQ(weights("features.28"), 2'359'296);
  EXPECT_EQ(weights("classifier.0"), 102'760'448);
  EXPECT_EQ(weights("classifier.3"), 16'777'216);
  EXPECT_EQ(weights("classifier.6"), 4'096'000);
  EXPECT_EQ(layers["classifier.6"].biases, 1'000);
}

TEST(Summary, AddsUpItsLayers) {
  for (const char* model : {"vgg16", "seresnet50", "inception_v3", "resnet3d_18"}) {
    const ModelSummary summary = summarise({.name = model, .batch = 2});
    std::int64_t parameters = 0, biases = 0, macs = 0, bytes = 0;
    for (const LayerSummary& layer : summary.layers) {
      parameters += layer.parameters;
      biases += layer.biases;
      macs += layer.macs;
      bytes += layer.activation_bytes;
    }
    EXPECT_EQ(summary.parameters, parameters) << model;
    EXPECT_EQ(summary.biases, biases) << model;
    EXPECT_EQ(summary.macs, macs) << model;
    EXPECT_EQ(summary.activation_bytes, bytes) << model;
    const ZooEntry entry = zoo_model(model);
    EXPECT_EQ(parameters, entry.parameters) << model;
    EXPECT_EQ(macs, entry.macs) << model;
  }
}

TEST(Summary, ComputesTheReceptiveField) {
  auto vgg = layers_of("vgg16");
  EXPECT_EQ(vgg["features.0"].receptive_field, 3);
  EXPECT_EQ(vgg["features.28"].receptive_field, 196);  // conv5_3
  EXPECT_EQ(vgg["features.30"].receptive_field, 212);
  EXPECT_EQ(vgg["classifier.0"].receptive_field, kWholeInput);
  EXPECT_EQ(layers_of("resnet18")["layer4.1.add"].receptive_field, 435);
  // 483 is known for strides in the first 1x1 convolution of a stage; here they are in the 3x3.
  EXPECT_EQ(layers_of("resnet50")["layer4.2.add"].receptive_field, 427);
  EXPECT_EQ(layers_of("alexnet")["features.12"].receptive_field, 195);
  EXPECT_EQ(layers_of("resnet50")["avgpool"].receptive_field, kWholeInput);
}

TEST(Summary, SeesTheWholeInputBehindSqueezeAndExcitation) {
  auto layers = layers_of("seresnet50");
  EXPECT_EQ(layers["layer1.0.conv3"].receptive_field, 19);
  EXPECT_EQ(layers["layer1.0.se.scale"].receptive_field, kWholeInput);
}

TEST(Summary, NamesOpsAndKernelsInTheWordsOfTheField) {
  auto next = layers_of("resnext50_32x4d");
  EXPECT_EQ(next["layer2.0.conv2"].op, "grouped conv");
  EXPECT_EQ(next["layer2.0.conv2"].kernel, "3x3 s2 g32");
  EXPECT_EQ(next["layer2.0.bn2"].op, "batch_norm");
  EXPECT_EQ(next["layer2.0.bn2"].parameters, 2 * 256);
  EXPECT_EQ(next["layer2.0.bn2"].biases, 256);
  auto mobile = layers_of("mobilenetv1_100");
  EXPECT_EQ(mobile["blocks.1.0.conv_dw"].op, "depthwise conv");
  EXPECT_EQ(mobile["blocks.1.0.conv_dw"].kernel, "dw 3x3 s2");
  EXPECT_EQ(mobile["blocks.1.0.conv_pw"].op, "conv");
  EXPECT_EQ(layers_of("inception_v3")["Mixed_6b.branch7x7_2.conv"].kernel, "1x7");
  EXPECT_EQ(layers_of("resnet3d_18")["stem.0"].kernel, "3x7x7 s1x2x2");
}

TEST(Summary, ListsTheDepthwisePairsOfMobileNet) {
  auto layers = layers_of("mobilenetv1_100");
  EXPECT_EQ(layers["conv_stem"].output, Shape({1, 112, 112, 32}));
  EXPECT_EQ(layers["blocks.3.0.conv_pw"].output, Shape({1, 14, 14, 512}));
  EXPECT_EQ(layers["blocks.3.5.conv_pw"].output, Shape({1, 14, 14, 512}));
  EXPECT_EQ(layers["blocks.4.0.conv_dw"].output, Shape({1, 7, 7, 512}));
  EXPECT_EQ(layers["blocks.4.1.conv_dw"].kernel, "dw 3x3");  // printed with stride 2 in the paper
  EXPECT_EQ(layers["blocks.4.1.conv_pw"].output, Shape({1, 7, 7, 1024}));
  EXPECT_EQ(layers["blocks.4.1.conv_pw"].macs, 51'380'224);
}

TEST(Summary, SaysWhichLayersALayerReads) {
  const ModelSummary summary = summarise({.name = "resnet18"});
  EXPECT_EQ(summary.layers[0].inputs, std::vector<int>{-1});
  for (std::size_t i = 0; i < summary.layers.size(); ++i) {
    const LayerSummary& layer = summary.layers[i];
    EXPECT_EQ(layer.inputs.size(), layer.op == "add" ? 2u : 1u) << layer.name;
    for (const int input : layer.inputs) EXPECT_LT(input, int(i)) << layer.name;
  }
}

TEST(Compare, PutsPublishedCountsBesideOursForTheirInputAlone) {
  CompareOptions options{.model = {.name = "mobilenetv1_050", .height = 160, .width = 160},
                         .timed = false};
  const ModelComparison half = compare_model(options);
  ASSERT_TRUE(half.published.has_value());
  EXPECT_NEAR(double(half.macs) / 1e6, half.published->macs_m, 1);
  EXPECT_NEAR(double(half.parameters - 10'944) / 1e6, half.published->parameters_m, 0.005);
  EXPECT_EQ(half.ms_per_picture, 0);
  options.model.height = options.model.width = 0;
  EXPECT_FALSE(compare_model(options).published.has_value());
}

TEST(Compare, ExplainsEveryCountThatIsMoreThanOnePerCentAway) {
  int published = 0;
  for (const ZooEntry& entry : zoo_models()) {
    const ModelComparison row = compare_model({.model = {.name = entry.name}, .timed = false});
    if (!row.published) continue;
    ++published;
    const auto differs = [](double ours, double printed) {
      return printed > 0 && std::abs(ours / 1e6 / printed - 1) > 0.01;
    };
    if (differs(double(row.parameters), row.published->parameters_m) ||
        differs(double(row.macs), row.published->macs_m)) {
      EXPECT_FALSE(row.published->reason.empty()) << entry.name;
    }
  }
  EXPECT_EQ(published, 9);  // all but the one at 160 pixels
}

TEST(Compare, TimesInferenceAndTraining) {
  CompareOptions options{.model = {.name = "lenet5", .batch = 2}, .seconds = 0.01};
  EXPECT_GT(compare_model(options).ms_per_picture, 0);
  options.train = true;
  EXPECT_GT(compare_model(options).ms_per_picture, 0);
  options.model.name = "lenet";
  EXPECT_THROW(compare_model(options), Error);
}

}  // namespace
}  // namespace noyau
