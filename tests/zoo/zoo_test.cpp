#include "zoo/zoo.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "noyau/error.hpp"
#include "ops/ops.hpp"
#include "passes/passes.hpp"

namespace noyau::zoo {
namespace {

std::int64_t parameters(const Graph& graph) {
  std::int64_t sum = 0;
  for (const Value& value : graph.values()) {
    if (value.kind == ValueKind::parameter) sum += value.type.shape.elements();
  }
  return sum;
}

std::int64_t macs(const Graph& graph) {
  std::int64_t sum = 0;
  for (const Node& node : graph.nodes()) {
    const ir::OpDef& op = ops::find(node.op);
    if (op.cost) sum += op.cost(graph, node).macs;
  }
  return sum;
}

ModelSpec published_spec(const Variant& variant) {
  return {.name = variant.name,
          .in_channels = variant.published.in_channels,
          .image_size = variant.published.image_size,
          .depth = variant.published.depth,
          .classes = variant.published.classes};
}

std::vector<std::string> names() {
  std::vector<std::string> result;
  for (const Variant& variant : variants()) result.push_back(variant.name);
  return result;
}

/// Tests derived from the list: each runs for every variant.
class EveryVariant : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Zoo, EveryVariant, testing::ValuesIn(names()),
                         [](const auto& test) { return test.param; });

TEST_P(EveryVariant, HasThePublishedCounts) {
  const Variant& variant = find(GetParam());
  const Graph graph = build(published_spec(variant));
  verify(graph);
  EXPECT_EQ(parameters(graph), variant.published.parameters);
  EXPECT_EQ(macs(graph), variant.published.macs);
}

ModelSpec smallest_spec(const Variant& variant) {
  return {.name = variant.name, .image_size = variant.smallest_image};
}

TEST_P(EveryVariant, AdaptsToSizeChannelsClassesAndBatch) {
  const std::int64_t smallest = find(GetParam()).smallest_image;
  for (const std::int64_t size : {smallest, smallest + 5, 2 * smallest + 1}) {
    for (const std::int64_t classes : {2, 17}) {
      const Graph graph = build({.name = GetParam(),
                                 .in_channels = classes == 2 ? 1 : 3,
                                 .image_size = {size, size + 4},
                                 .classes = classes,
                                 .batch = 3,
                                 .training = true});
      verify(graph);
      EXPECT_EQ(graph.shape(graph.output("logits")), Shape({3, classes}));
      EXPECT_EQ(graph.shape(graph.output("loss")), Shape({1}));
      EXPECT_EQ(graph.type(graph.find("target")), (ValueType{DType::i32, Shape{3}}));
    }
  }
}

TEST_P(EveryVariant, GivesEveryParameterAGradient) {
  ModelSpec spec = smallest_spec(find(GetParam()));
  spec.training = true;
  const Graph graph = passes::autodiff(build(spec));
  for (const Value& value : graph.values()) {
    if (value.kind != ValueKind::parameter) continue;
    EXPECT_NE(graph.output("grad:" + value.name), kNoValue) << value.name;
  }
}

TEST_P(EveryVariant, HasTheSameWeightsInTrainingAndEvaluationButAuxiliaryHeads) {
  const auto weights = [](const Graph& graph) {
    std::vector<std::string> result;
    for (const Value& value : graph.values()) {
      const bool aux = value.name.starts_with("aux") || value.name.starts_with("AuxLogits");
      if (!aux && (value.kind == ValueKind::parameter || value.kind == ValueKind::state))
        result.push_back(value.name);
    }
    return result;
  };
  ModelSpec spec = smallest_spec(find(GetParam()));
  const Graph evaluation = build(spec);
  spec.training = true;
  EXPECT_EQ(weights(evaluation), weights(build(spec)));
  EXPECT_EQ(evaluation.output("loss"), kNoValue);
  EXPECT_EQ(evaluation.find("target"), kNoValue);
}

TEST_P(EveryVariant, ComputesInDoubleWhenAsked) {
  ModelSpec spec = smallest_spec(find(GetParam()));
  spec.with_loss = spec.double_precision = true;
  const Graph graph = build(spec);
  EXPECT_EQ(graph.type(graph.output("loss")).dtype, DType::f64);
}

TEST_P(EveryVariant, RefusesPicturesThatAreTooSmall) {
  const Variant& variant = find(GetParam());
  EXPECT_NO_THROW(build(smallest_spec(variant)));
  EXPECT_THROW(build({.name = GetParam(), .image_size = {256, variant.smallest_image - 1}}), Error);
}

TEST(GoogLeNet, AddsTheLossesOfItsAuxiliaryHeadsInTraining) {
  ModelSpec spec{.name = "googlenet", .image_size = 64, .training = true};
  const Graph with = build(spec);
  EXPECT_EQ(with.shape(with.output("aux2")), Shape({1, 10}));
  EXPECT_NE(with.find("aux1.fc1.weight"), kNoValue);
  spec.aux_heads = false;
  const Graph without = build(spec);
  EXPECT_EQ(without.output("aux1"), kNoValue);
  spec.classes = 1000;
  spec.aux_heads = true;
  EXPECT_EQ(parameters(build(spec)), 13'004'888);
}

TEST(GoogLeNet, JudgesItsAuxiliaryHeadsAsItsOwn) {
  ModelSpec spec{.name = "googlenet", .image_size = 64, .batch = 2, .training = true};
  spec.loss = {.label_smoothing = 0.1, .gamma = 2, .soft_targets = true, .class_weight = true};
  const Graph graph = build(spec);
  verify(graph);
  EXPECT_EQ(graph.type(graph.find("target")), (ValueType{DType::f32, Shape{2, 10}}));
  EXPECT_EQ(graph.shape(graph.find("class_weight")), Shape{10});
  int losses = 0;
  for (const Node& node : graph.nodes()) {
    if (node.op != "softmax_cross_entropy") continue;
    ++losses;
    EXPECT_EQ(node.get<double>("gamma"), 2.0);
    EXPECT_EQ(node.get<double>("label_smoothing"), 0.1);
    EXPECT_EQ(node.inputs[1], graph.find("target"));
    EXPECT_EQ(node.inputs[2], graph.find("class_weight"));
  }
  EXPECT_EQ(losses, 3);
}

TEST(Loss, FollowsTheTask) {
  ModelSpec spec{.name = "lenet5", .image_size = 28, .batch = 4, .training = true};
  spec.loss = {.task = Task::labels, .class_weight = true};
  const Graph labels = passes::autodiff(build(spec));
  EXPECT_EQ(labels.type(labels.find("target")), (ValueType{DType::f32, Shape{4, 10}}));
  EXPECT_NE(labels.output("grad:fc3.weight"), kNoValue);
  spec.loss = {.task = Task::values};
  const Graph values = passes::autodiff(build(spec));
  EXPECT_EQ(values.type(values.find("target")), (ValueType{DType::f32, Shape{4, 10}}));
  EXPECT_NE(values.output("grad:fc3.weight"), kNoValue);
  spec.loss.gamma = 2;
  EXPECT_THROW(build(spec), Error);
}

TEST(ResNet, CanStartItsBranchesAtZero) {
  const auto scale = [](bool zero_gamma) {
    const Graph graph = build({.name = "resnet50", .image_size = 64, .zero_gamma = zero_gamma});
    return graph.value(graph.find("layer1.0.bn3.weight")).init.scale;
  };
  EXPECT_EQ(scale(false), 1.0);
  EXPECT_EQ(scale(true), 0.0);
}

TEST(ResNet3d, TakesVolumesAndPicturesAsVolumesOfDepthOne) {
  const Graph clip = build({.name = "resnet3d_18", .image_size = 32, .depth = 8});
  EXPECT_EQ(clip.shape(clip.find("x")), Shape({1, 8, 32, 32, 3}));
  const Graph picture = build({.name = "resnet3d_18", .image_size = 32});
  EXPECT_EQ(picture.shape(picture.find("x")), Shape({1, 1, 32, 32, 3}));
  EXPECT_THROW(build({.name = "resnet18", .image_size = 32, .depth = 8}), Error);
}

TEST(CifarResNet, NamesItsParametersAsTheReference) {
  const Graph graph = build({.name = "cifar_resnet20", .in_channels = 1, .image_size = 28});
  const auto shape = [&](const char* name) { return graph.shape(graph.find(name)); };
  EXPECT_EQ(shape("conv1.weight"), Shape({16, 1, 3, 3}));
  EXPECT_EQ(shape("layer1.2.bn2.running_var"), Shape({16}));
  EXPECT_EQ(shape("layer2.0.downsample.0.weight"), Shape({32, 16, 1, 1}));
  EXPECT_EQ(shape("layer3.0.downsample.1.bias"), Shape({64}));
  EXPECT_EQ(shape("fc.weight"), Shape({10, 64}));
  EXPECT_EQ(graph.find("layer1.0.downsample.0.weight"), kNoValue);
  // Counts of the golden file for one channel at 28 x 28.
  EXPECT_EQ(parameters(graph), 272'186);
  EXPECT_EQ(macs(graph), 31'021'952);
}

double drop_of(const Graph& graph, std::string_view name) {
  for (const Node& node : graph.nodes())
    if (node.op == "dropout" && node.name == name) return node.get<double>("p");
  return 0;
}

std::vector<double> drops(const ModelSpec& spec, std::string_view suffix) {
  const Graph graph = build(spec);
  std::vector<double> found;
  for (const Node& node : graph.nodes())
    if (node.op == "dropout" && node.name.ends_with(suffix)) found.push_back(node.get<double>("p"));
  return found;
}

TEST_P(EveryVariant, DropsBranchesByTheLinearRuleOrRefuses) {
  ModelSpec spec = smallest_spec(find(GetParam()));
  spec.training = true;
  spec.regularisation.drop_path = 0.5;
  const Graph plain = build(smallest_spec(find(GetParam())));
  const auto shortcuts = std::size_t(std::ranges::count(plain.nodes(), "add", &Node::op));
  if (shortcuts == 0) {
    EXPECT_THROW(build(spec), Error);
    return;
  }
  const std::vector<double> p = drops(spec, ".drop_path");
  ASSERT_EQ(p.size(), shortcuts);
  for (std::size_t l = 0; l < shortcuts; ++l)
    EXPECT_DOUBLE_EQ(p[l], 0.5 * double(l + 1) / double(shortcuts));
}

TEST_P(EveryVariant, DropsInItsHeadWithTheGivenProbability) {
  ModelSpec spec = smallest_spec(find(GetParam()));
  spec.training = true;
  spec.aux_heads = false;
  spec.regularisation = {.drop_path = 0, .dropout = 0.37};
  const std::vector<double> p = drops(spec, "");
  ASSERT_FALSE(p.empty());
  for (const double each : p) EXPECT_EQ(each, 0.37);
  spec.training = false;
  EXPECT_TRUE(drops(spec, "").empty());
}

TEST_P(EveryVariant, DropsWeightsOfItsLastLinearLayer) {
  ModelSpec spec = smallest_spec(find(GetParam()));
  spec.training = true;
  spec.regularisation.drop_connect = 0.25;
  if (GetParam().starts_with("squeezenet")) {
    EXPECT_THROW(build(spec), Error);  // it ends in a convolution
    return;
  }
  EXPECT_EQ(drops(spec, ".drop_connect"), std::vector<double>{0.25});
}

TEST(Regularisation, IsWhatTheArchitectureSaysUnlessGiven) {
  ModelSpec spec{.name = "efficientnet_lite0", .image_size = 32, .training = true};
  EXPECT_EQ(drop_of(build(spec), "dropout"), 0.2);
  EXPECT_DOUBLE_EQ(drop_of(build(spec), "blocks.1.1.drop_path"), 0.2 * 2 / 16);
  spec.regularisation = {.drop_path = 0, .dropout = 0};
  EXPECT_TRUE(drops(spec, "").empty());
}

TEST(Regularisation, RefusalNamesTheNetworksThatCan) {
  try {
    build({.name = "vgg_small", .training = true, .regularisation = {.drop_path = 0.1}});
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
    EXPECT_THAT(error.expected(), testing::HasSubstr("cifar_resnet20"));
    EXPECT_THAT(error.expected(), testing::Not(testing::HasSubstr("vgg")));
  }
}

TEST(CifarResNet, HasVariantsThatDifferInOneThing) {
  const auto count = [](const char* name, std::string_view op) {
    const Graph graph = build({.name = name, .training = true});
    return std::ranges::count(graph.nodes(), op, &Node::op);
  };
  EXPECT_EQ(count("cifar_resnet20_se", "sigmoid"), 9);
  EXPECT_EQ(count("cifar_resnet20_d", "avg_pool"), 2);
  EXPECT_EQ(count("cifar_resnet20_se_d", "avg_pool"), 2);
  EXPECT_EQ(count("cifar_resnet20_se_d", "sigmoid"), 9);
  for (const char* name : {"cifar_resnet20_ln", "cifar_resnet20_gn", "cifar_resnet20_none"})
    EXPECT_EQ(count(name, "batch_norm"), 0) << name;
  EXPECT_EQ(count("cifar_resnet20_ln", "group_norm"), 21);
  EXPECT_EQ(count("cifar_resnet20_none", "group_norm"), 0);
}

TEST(CifarResNet, StartsItsBranchesAtZeroWithoutNorms) {
  const Graph graph = build({.name = "cifar_resnet20_none"});
  const auto init = [&](const char* name) { return graph.value(graph.find(name)).init; };
  EXPECT_EQ(init("layer2.1.conv2.weight"), Init{});
  EXPECT_EQ(init("fc.weight"), Init{});
  EXPECT_DOUBLE_EQ(init("layer2.1.conv1.weight").scale, 1.0 / 3);  // 9 branches
}

TEST(Zoo, SuggestsTheNearestNames) {
  try {
    find("cifar_resnet2");
    FAIL() << "accepted an unknown name";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
    EXPECT_THAT(error.hint(), testing::HasSubstr("cifar_resnet20"));
  }
  try {
    find("zzz");
    FAIL() << "accepted an unknown name";
  } catch (const Error& error) {
    EXPECT_THAT(error.expected(), testing::HasSubstr("lenet5"));
  }
}

TEST(Zoo, RefusesCountsUnderOne) {
  EXPECT_THROW(build({.name = "lenet5", .classes = 0}), Error);
  EXPECT_THROW(build({.name = "lenet5", .in_channels = 0}), Error);
  EXPECT_THROW(build({.name = "lenet5", .batch = 0}), Error);
}

}  // namespace
}  // namespace noyau::zoo
