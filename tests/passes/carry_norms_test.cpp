#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "passes/networks.hpp"
#include "passes/passes.hpp"

namespace noyau::passes {
namespace {

Graph training(const Graph& forward) { return split_norms(dce(fuse(autodiff(forward)))); }

/// What `carry_norms` makes when convolutions take all, or those whose name ends so.
Graph carried(const Graph& g, const std::string& ending = "") {
  return carry_norms(g,
                     [&](const Graph&, const Node& node) { return node.name.ends_with(ending); });
}

/// The names of the values that a node reads.
std::vector<std::string> reads(const Graph& g, std::string_view name) {
  std::vector<std::string> names;
  for (const ValueId v : node_named(g, name).inputs)
    names.push_back(v == kNoValue ? "" : g.value(v).name);
  return names;
}

using Names = std::vector<std::string>;

void expect_legal(const Graph& g) {
  EXPECT_NO_THROW(verify(g));
  EXPECT_NO_THROW(ops::check(g));
}

TEST(SplitNorms, CutsTrainingNormsInTwo) {
  const Graph g = training(residual_network(true));
  expect_legal(g);
  EXPECT_EQ(count(g, "batch_norm"), 0);
  EXPECT_EQ(count(g, "batch_norm_statistics"), count(g, "batch_norm_apply"));
  EXPECT_EQ(reads(g, "bn1"), (Names{"conv1", "bn1:1", "bn1:3", "bn1.bias", ""}));
}

TEST(SplitNorms, LeavesRunningStatistics) {
  const Graph g = dce(fuse(autodiff(residual_network(false))));
  EXPECT_EQ(print(split_norms(g)), print(g));
}

TEST(CarryNorms, ConvolutionsMakeStatisticsAndNormaliseTheirInput) {
  const Graph g = carried(training(residual_network(true)));
  expect_legal(g);
  EXPECT_EQ(count(g, "batch_norm_statistics"), 0);
  EXPECT_EQ(reads(g, "a.conv2"),
            (Names{"a.conv1", "a.conv2.weight", "", "", "a.bn1:1", "a.bn1:3", "a.bn1.bias",
                   "a.bn2.weight", "a.bn2.running_mean", "a.bn2.running_var"}));
  EXPECT_EQ(node_named(g, "a.conv2").get<std::string>("input_activation"), "relu");
  EXPECT_TRUE(node_named(g, "a.conv2").get<bool>("statistics"));
  EXPECT_EQ(reads(g, "a.conv2.grad_weight")[0], "a.conv1");
  EXPECT_EQ(node_named(g, "a.conv2.grad_weight").get<std::string>("input_activation"), "relu");
}

TEST(CarryNorms, GradientsOfInputsTakeTheFirstHalfOfNormGradients) {
  const Graph g = carried(training(residual_network(true)));
  expect_legal(g);
  EXPECT_EQ(reads(g, "a.conv2.grad_input"),
            (Names{"a.bn2.grad", "a.conv2.weight", "", "", "a.conv1", "a.bn1:1", "a.bn1:2",
                   "a.bn1:3", "a.bn1.bias", ""}));
  EXPECT_EQ(node_named(g, "a.conv2.grad_input").get<std::string>("norm_activation"), "relu");
  EXPECT_EQ(node_named(g, "a.bn1.grad").op, "batch_norm_grad_input");
}

// Behind a residual the mask comes from what was put out, and the shortcut reads the masked dx.
TEST(CarryNorms, GradientsOfResidualBlocksHandOutTheMaskedCotangent) {
  const Graph g = carried(training(residual_network(true)));
  const Node& conv = node_named(g, "b.conv1.grad_input");
  EXPECT_EQ(conv.op, "conv_grad_input_norm");
  EXPECT_EQ(reads(g, "b.conv1.grad_input")[9], "a.relu2");
  EXPECT_EQ(reads(g, "a.bn2.grad")[0], g.value(conv.outputs[0]).name);
  EXPECT_EQ(reads(g, "a.conv1.grad_input")[3], g.value(conv.outputs[0]).name);
}

TEST(CarryNorms, KeepsANormThatSomethingElseReads) {
  const Graph g = carried(training(residual_network(true)), "conv2");
  expect_legal(g);
  EXPECT_EQ(node_named(g, "a.conv2").op, "conv_norm");
  EXPECT_EQ(reads(g, "a.conv2.grad_weight")[0], "a.relu1") << "refused";
  EXPECT_EQ(count(g, "conv_grad_input_norm"), 0);
}

TEST(JoinStatistics, KeepsWhatIsKnownOfTheFirstPart) {
  const Graph g = join_statistics(training(dense_network()));
  expect_legal(g);
  EXPECT_EQ(count(g, "batch_norm_statistics"), 1);
  EXPECT_EQ(reads(g, "b.bn.statistics"), (Names{"a.bn:1", "a.bn:2", "a.conv", "b.bn.weight",
                                                "b.bn.running_mean", "b.bn.running_var"}));
}

TEST(JoinStatistics, LeavesConcatenationsWhoseFirstPartIsNotNormalised) {
  Graph forward;
  ValueId x = forward.add_input("x", {DType::f32, {2, 6, 6, 4}});
  x = ops::append(forward, "concat", "concat",
                  {conv(forward, "a", x, 4), conv(forward, "b", x, 4)})[0];
  head(forward, norm(forward, "bn", x, true));
  const Graph g = training(forward);
  EXPECT_EQ(print(join_statistics(g)), print(g));
}

TEST(CarryNorms, GradientsOfConcatenationsAreAddedWhereTheyLie) {
  const Graph g = carried(join_statistics(training(dense_network())));
  expect_legal(g);
  EXPECT_EQ(count(g, "add"), 0);
  EXPECT_EQ(reads(g, "b.bn.grad")[7], g.value(node_named(g, "c.bn.grad").outputs[0]).name);
  EXPECT_EQ(count(g, "slice_channels"), 3) << "the new channels of each layer";
}

TEST(CarryNorms, ReachesAFixedPointInOneGo) {
  const Graph g = carried(training(residual_network(true)));
  EXPECT_EQ(print(carried(g)), print(g));
}

void expect_unchanged(const Graph& g) { EXPECT_EQ(print(carried(g)), print(g)); }

TEST(MustNotCarry, WhatNoConvolutionTakes) {
  const Graph g = training(residual_network(true));
  EXPECT_EQ(print(carry_norms(g, [](const Graph&, const Node&) { return false; })), print(g));
}

TEST(MustNotCarry, NormsOfRunningStatistics) {
  expect_unchanged(training(residual_network(false)));
}

// The second reader needs the cotangent as it is.
TEST(MustNotCarry, AGradientThatSomethingElseReads) {
  Graph forward;
  const ValueId x = forward.add_input("x", {DType::f32, {2, 6, 6, 4}});
  const ValueId y = norm(forward, "bn", conv(forward, "conv1", x, 4), true);
  head(forward, conv(forward, "conv2", add(forward, "sum", y, conv(forward, "side", x, 4)), 4));
  const Graph g = carried(training(forward));
  expect_legal(g);
  EXPECT_EQ(count(g, "conv_grad_input_norm"), 0);
}

TEST(MustNotCarry, AGraphOutput) {
  Graph forward;
  const ValueId x = forward.add_input("x", {DType::f32, {2, 6, 6, 4}});
  const ValueId y = norm(forward, "bn", conv(forward, "conv1", x, 4), true);
  head(forward, conv(forward, "conv2", y, 4));
  forward.set_output("y", y);
  const Graph g = carried(training(forward));
  expect_legal(g);
  EXPECT_EQ(count(g, "batch_norm_apply"), 1);
}

}  // namespace
}  // namespace noyau::passes
