#include "train/parameter_groups.hpp"

#include <gtest/gtest.h>

#include <set>

#include "noyau/error.hpp"
#include "zoo/zoo.hpp"

namespace noyau::training {
namespace {

Graph network(const char* name, std::int64_t size = 32) {
  return zoo::build({.name = name, .image_size = size, .classes = 10, .training = true});
}

std::int64_t count(const std::map<std::string, std::int64_t>& stages) {
  std::set<std::int64_t> different;
  for (const auto& [name, stage] : stages) different.insert(stage);
  return std::int64_t(different.size());
}

TEST(ParameterGroups, StagesOfResNet) {
  const auto stage = stages(network("resnet18"));
  EXPECT_EQ(count(stage), 6);
  EXPECT_EQ(stage.at("conv1.weight"), 0);
  EXPECT_EQ(stage.at("bn1.weight"), 0);
  EXPECT_EQ(stage.at("layer1.0.conv1.weight"), 1);
  EXPECT_EQ(stage.at("layer2.0.downsample.1.bias"), 2);
  EXPECT_EQ(stage.at("layer4.1.bn2.weight"), 4);
  EXPECT_EQ(stage.at("fc.weight"), 5);
  EXPECT_EQ(stage.at("fc.bias"), 5);
}

TEST(ParameterGroups, StagesOfMobileNet) {
  const auto stage = stages(network("mobilenetv1_100"));
  EXPECT_EQ(count(stage), 7);
  EXPECT_EQ(stage.at("conv_stem.weight"), 0);
  EXPECT_EQ(stage.at("bn1.weight"), 0);
  EXPECT_EQ(stage.at("blocks.0.0.conv_dw.weight"), 1);
  EXPECT_EQ(stage.at("blocks.4.1.bn2.bias"), 5);
  EXPECT_EQ(stage.at("classifier.weight"), 6);
}

TEST(ParameterGroups, StagesOfVggAreItsLayers) {
  const auto stage = stages(network("vgg16"));
  EXPECT_EQ(count(stage), 16);
  EXPECT_EQ(stage.at("features.0.weight"), 0);
  EXPECT_EQ(stage.at("features.0.bias"), 0);
  EXPECT_EQ(stage.at("features.28.weight"), 12);
  EXPECT_EQ(stage.at("classifier.6.weight"), 15);
}

TEST(ParameterGroups, AuxiliaryClassifiersAreHeads) {
  const auto stage = stages(network("googlenet", 64));
  EXPECT_EQ(stage.at("aux1.fc2.weight"), stage.at("fc.weight"));
  EXPECT_EQ(stage.at("fc.weight"), count(stage) - 1);
}

TEST(ParameterGroups, RatesFallFromTheHeadToTheStem) {
  const Graph graph = network("resnet18");
  const auto groups = parameter_groups(graph, {.layer_decay = 0.5});
  EXPECT_EQ(groups.at("fc.weight").rate_scale, 1);
  EXPECT_EQ(groups.at("layer4.0.conv1.weight").rate_scale, 0.5);
  EXPECT_EQ(groups.at("conv1.weight").rate_scale, 1.0 / 32);
  for (const auto& [name, group] : parameter_groups(graph, {})) EXPECT_EQ(group.rate_scale, 1);
}

TEST(ParameterGroups, NormsAndBiasesDecayOnlyWhenAsked) {
  const Graph graph = network("resnet18");
  for (const bool asked : {false, true}) {
    const auto groups =
        parameter_groups(graph, {.weight_decay = 0.5, .decay_norms_and_biases = asked});
    EXPECT_EQ(groups.at("conv1.weight").weight_decay, 0.5);
    EXPECT_EQ(groups.at("bn1.weight").weight_decay, asked ? 0.5 : 0);
    EXPECT_EQ(groups.at("fc.bias").weight_decay, asked ? 0.5 : 0);
  }
}

TEST(ParameterGroups, RefusesOptionsOutOfRange) {
  EXPECT_NO_THROW(check(GroupOptions{}));
  EXPECT_THROW(check(GroupOptions{.weight_decay = -1}), Error);
  EXPECT_THROW(check(GroupOptions{.layer_decay = 0}), Error);
  EXPECT_THROW(check(GroupOptions{.layer_decay = 1.5}), Error);
}

}  // namespace
}  // namespace noyau::training
