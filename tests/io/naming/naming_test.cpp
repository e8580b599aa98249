#include "io/naming/naming.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "golden/files.hpp"
#include "io/match.hpp"
#include "zoo/zoo.hpp"

namespace noyau::io {
namespace {

std::vector<TensorInfo> tensors_of(const std::string& model, std::int64_t classes = 1000) {
  const zoo::Published& usual = zoo::find(model).published;
  return expected_tensors(zoo::build({.name = model,
                                      .in_channels = usual.in_channels,
                                      .image_size = usual.image_size,
                                      .classes = classes}));
}

std::vector<TensorInfo> renamed(std::vector<TensorInfo> tensors, const NamingScheme& scheme) {
  std::vector<std::string> names;
  for (const TensorInfo& tensor : tensors) names.push_back(tensor.name);
  names = scheme.rename(names);
  for (std::size_t i = 0; i < names.size(); ++i) tensors[i].name = names[i];
  return tensors;
}

/// The names and shapes of the published file.
TEST(Naming, KnowsEveryTensorOfThePublishedEfficientNetLite) {
  const auto golden = golden::read_golden("pretrained", "flower");
  std::vector<TensorInfo> found;
  for (const auto& row : golden["parameters"])
    found.push_back({row[0], "F32", row[1].get<std::vector<std::int64_t>>()});
  const std::vector<TensorInfo> expected = tensors_of("efficientnet_lite0");
  const WeightMatch match = match_weights(expected, found);
  EXPECT_TRUE(match.complete());
  EXPECT_EQ(match.naming, "efficientnet_lite_pytorch");
  ASSERT_EQ(match.matching.size(), expected.size());
  for (std::size_t i = 0; i < match.matching.size(); ++i) {
    if (match.matching[i] == "blocks.2.1.conv_pwl.weight") {
      EXPECT_EQ(match.sources[i], "_blocks.4._project_conv.weight");
    }
    if (match.matching[i] == "blocks.0.0.bn1.running_mean") {
      EXPECT_EQ(match.sources[i], "_blocks.0._bn1.running_mean");
    }
  }
}

TEST(Naming, FitsEveryLiteVariant) {
  for (const char* model :
       {"efficientnet_lite1", "efficientnet_lite2", "efficientnet_lite3", "efficientnet_lite4"}) {
    const auto expected = tensors_of(model);
    const WeightMatch match = match_weights(expected, renamed(expected, naming_schemes()[1]));
    EXPECT_TRUE(match.complete()) << model;
    EXPECT_EQ(match.naming, "efficientnet_lite_pytorch");
  }
}

TEST(Naming, EverySchemeRenamesSomethingAndNoTwoAlike) {
  const char* models[]{"densenet121", "vgg16", "seresnet50", "xception"};
  for (std::size_t i = 2; i < naming_schemes().size(); ++i) {
    const NamingScheme& scheme = naming_schemes()[i];
    const auto expected = tensors_of(models[i - 2]);
    const auto found = renamed(expected, scheme);
    EXPECT_NE(found, expected) << scheme.name;
    const WeightMatch match = match_weights(expected, found);
    EXPECT_TRUE(match.complete()) << scheme.name;
    EXPECT_EQ(match.naming, scheme.name);
  }
}

TEST(Naming, TakesALinearLayerThatIsStoredAsAConvolution) {
  const auto expected = tensors_of("vgg11");
  auto found = renamed(expected, naming_schemes()[3]);
  for (TensorInfo& tensor : found)
    if (tensor.name == "pre_logits.fc1.weight") tensor.shape = {4096, 512, 7, 7};
  EXPECT_TRUE(match_weights(expected, found).complete());
  for (TensorInfo& tensor : found)
    if (tensor.name == "pre_logits.fc1.weight") tensor.shape = {4096, 512, 7, 8};
  EXPECT_EQ(match_weights(expected, found).misshapen.size(), 1u);
}

TEST(Naming, PassesOverWhatAllNamesBeginWith) {
  const auto expected = tensors_of("resnet18");
  auto found = expected;
  for (TensorInfo& tensor : found) tensor.name = "model.net." + tensor.name;
  const WeightMatch match = match_weights(expected, found);
  EXPECT_TRUE(match.complete());
  EXPECT_EQ(match.sources.front(), "model.net.conv1.weight");
  EXPECT_FALSE(match_weights(expected, {}).complete());
}

TEST(Naming, ListsWhatDoesNotMatchUnderTheSchemeThatFitsMost) {
  const auto expected = tensors_of("efficientnet_lite0", 7);
  auto found = renamed(tensors_of("efficientnet_lite0"), naming_schemes()[1]);
  found[0].name = "_conv_stam.weight";
  const WeightMatch match = match_weights(expected, found);
  ASSERT_EQ(match.missing.size(), 1u);
  EXPECT_EQ(match.missing[0].name, "conv_stem.weight");
  ASSERT_EQ(match.unexpected.size(), 1u);
  EXPECT_EQ(match.unexpected[0].name, "_conv_stam.weight");
  ASSERT_EQ(match.misshapen.size(), 2u);
  EXPECT_EQ(match.misshapen[0].name, "classifier.weight");
}

}  // namespace
}  // namespace noyau::io
