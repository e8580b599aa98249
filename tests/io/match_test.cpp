#include "io/match.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "noyau/error.hpp"
#include "noyau/nn.hpp"

namespace noyau::io {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::vector<TensorInfo> kNetwork{{"conv1.weight", "F32", {8, 3, 3, 3}},
                                       {"bn1.weight", "F32", {8}},
                                       {"bn1.running_mean", "F32", {8}},
                                       {"fc.weight", "F32", {10, 8}},
                                       {"fc.bias", "F32", {10}}};

TEST(Match, TakesCountersAndOtherTypesWithoutAWord) {
  std::vector<TensorInfo> found(kNetwork.rbegin(), kNetwork.rend());
  found[0].dtype = "F16";
  found.push_back({"bn1.num_batches_tracked", "I64", {}});
  found.push_back({"num_batches_tracked", "I64", {}});
  const WeightMatch match = match_weights(kNetwork, found);
  EXPECT_TRUE(match.complete());
  EXPECT_THAT(match.matching, ElementsAre("conv1.weight", "bn1.weight", "bn1.running_mean",
                                          "fc.weight", "fc.bias"));
  EXPECT_NO_THROW(require_complete(match, "x"));
}

TEST(Match, ReportsAuxiliaryHeadsThatTheNetworkDoesNotHave) {
  std::vector<TensorInfo> found = kNetwork;
  for (const char* name : {"aux1.conv.weight", "aux2.fc.bias", "AuxLogits.fc.weight"})
    found.push_back({name, "F32", {4}});
  const WeightMatch match = match_weights(kNetwork, found);
  EXPECT_TRUE(match.complete());
  EXPECT_EQ(match.auxiliary.size(), 3u);

  std::vector<TensorInfo> with_head = kNetwork;
  with_head.push_back({"aux1.conv.weight", "F32", {4}});
  const WeightMatch second = match_weights(with_head, found);
  EXPECT_TRUE(second.complete());
  EXPECT_EQ(second.matching.back(), "aux1.conv.weight");
  EXPECT_EQ(second.auxiliary.size(), 2u);
}

TEST(Match, NamesShapesAndNearestNames) {
  const std::vector<TensorInfo> found{{"conv1.weight", "F32", {8, 3, 5, 5}},
                                      {"bn1.weights", "F32", {8}},
                                      {"bn1.running_mean", "F32", {}},
                                      {"fc.weight", "F32", {10, 8}},
                                      {"fc.bias", "F32", {10}}};
  const WeightMatch match = match_weights(kNetwork, found);
  EXPECT_EQ(match.missing, (std::vector<TensorInfo>{{"bn1.weight", "F32", {8}}}));
  EXPECT_EQ(match.unexpected, (std::vector<TensorInfo>{{"bn1.weights", "F32", {8}}}));
  EXPECT_EQ(match.misshapen.size(), 2u);
  try {
    require_complete(match, "w.safetensors", "another model?");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::shape_mismatch);
    EXPECT_STREQ(error.what(),
                 "w.safetensors: does not fit the network; "
                 "1 missing: bn1.weight 8 (nearest: bn1.weights); "
                 "2 of another shape: conv1.weight 8x3x5x5, not 8x3x3x3, "
                 "bn1.running_mean scalar, not 8; "
                 "1 unexpected: bn1.weights 8 (nearest: bn1.weight); "
                 "expected 5 tensors, 2 of them match; another model?");
  }
}

TEST(Match, StopsListingAtTen) {
  std::vector<TensorInfo> many;
  for (int i = 0; i < 25; ++i) many.push_back({"layer" + std::to_string(i), "F32", {1}});
  try {
    require_complete(match_weights(many, {}), "x");
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("25 missing: layer0 1,"));
    EXPECT_THAT(error.what(), HasSubstr("layer9 1, 15 more"));
    EXPECT_THAT(error.what(), testing::Not(HasSubstr("layer10")));
  }
}

TEST(Match, ExpectsParametersAndRunningStatistics) {
  Graph graph;
  nn::Builder b{graph, false};
  const ValueId x = graph.add_input("x", {DType::f32, Shape{1, 8, 8, 3}});
  graph.set_output("y", nn::batch_norm(b, x, "bn"));
  const std::vector<TensorInfo> expected = expected_tensors(graph);
  ASSERT_EQ(expected.size(), 4u);
  EXPECT_EQ(expected[0], (TensorInfo{"bn.weight", "F32", {3}}));
}

}  // namespace
}  // namespace noyau::io
