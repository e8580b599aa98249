#include <gtest/gtest.h>

#include <string>

#include "passes/networks.hpp"
#include "passes/passes.hpp"

namespace noyau::passes {
namespace {

using Ints = std::vector<std::int64_t>;

bool fused_with_relu(const Node& node) { return node.get<std::string>("activation") == "relu"; }

TEST(Fuse, MergesNormAddAndReluGoingForward) {
  const Graph g = fuse(residual_network(true));
  EXPECT_NO_THROW(ops::check(g));
  EXPECT_EQ(count(g, "relu"), 0);
  EXPECT_EQ(count(g, "add"), 0);
  EXPECT_EQ(count(g, "batch_norm"), 6);
  EXPECT_TRUE(fused_with_relu(node_named(g, "bn1")));
  EXPECT_EQ(g.value(node_named(g, "a.bn2").inputs[5]).name, "relu1");
  EXPECT_TRUE(fused_with_relu(node_named(g, "a.bn2")));
  // Of two norms the one that runs last takes the other's output.
  const Node& projected = node_named(g, "b.down.1");
  EXPECT_EQ(g.value(projected.inputs[5]).name, "b.bn2");
  EXPECT_FALSE(fused_with_relu(node_named(g, "b.bn2")));
}

TEST(Fuse, NamesTheMergedValueAfterTheLastNode) {
  const Graph g = fuse(residual_network(true));
  EXPECT_EQ(g.value(node_named(g, "bn1").outputs[0]).name, "relu1");
  EXPECT_EQ(g.value(node_named(g, "bn1").outputs[1]).name, "bn1:1");
  EXPECT_EQ(g.find("bn1"), kNoValue);
}

TEST(Fuse, MergesForwardAndBackwardTogether) {
  const Graph plain = autodiff(residual_network(true));
  const Graph g = fuse(plain);
  EXPECT_NO_THROW(ops::check(g));
  EXPECT_EQ(count(g, "relu"), 0);
  EXPECT_EQ(count(g, "relu_grad"), 0);
  EXPECT_EQ(count(g, "batch_norm_grad"), 6);
  for (const auto& [name, value] : plain.outputs()) EXPECT_NE(g.output(name), kNoValue) << name;

  const Node& stem = node_named(g, "bn1.grad");
  EXPECT_TRUE(fused_with_relu(stem));
  EXPECT_EQ(stem.outputs.size(), 3u);
  // What the ReLU let pass is seen again from x: the gradient does not read y.
  EXPECT_EQ(stem.inputs[5], kNoValue);
  EXPECT_EQ(g.value(stem.inputs[6]).name, "bn1.bias");

  // The masked cotangent also flows into the shortcut.
  const Node& identity = node_named(g, "a.bn2.grad");
  ASSERT_EQ(identity.outputs.size(), 4u);
  EXPECT_TRUE(identity.get<bool>("residual"));
  EXPECT_EQ(g.value(identity.inputs[5]).name, "a.relu2");

  const Node& main = node_named(g, "b.bn2.grad");
  const Node& projection = node_named(g, "b.down.1.grad");
  const Node& first = main.outputs.size() == 4 ? main : projection;
  const Node& second = main.outputs.size() == 4 ? projection : main;
  ASSERT_EQ(first.outputs.size(), 4u);
  EXPECT_EQ(second.inputs[0], first.outputs[3]);
  EXPECT_EQ(second.get<std::string>("activation"), "none");
}

TEST(Fuse, MergesReluIntoConvAndLinear) {
  Graph g;
  const ValueId x = g.add_input("x", {DType::f32, {2, 6, 6, 3}});
  const ValueId y = relu(g, "relu1", conv(g, "conv1", x, 4));
  const ValueId pooled = ops::append(g, "global_avg_pool", "pool", {y})[0];
  const ValueId w = g.add_parameter("fc.weight", {3, 4}, {});
  g.set_output("loss", relu(g, "relu2", ops::append(g, "linear", "fc", {pooled, w})[0]));
  const Graph fused = fuse(autodiff(g));
  EXPECT_NO_THROW(ops::check(fused));
  EXPECT_EQ(count(fused, "relu"), 0);
  EXPECT_TRUE(fused_with_relu(node_named(fused, "conv1")));
  EXPECT_TRUE(fused_with_relu(node_named(fused, "fc")));
  EXPECT_EQ(count(fused, "relu_grad"), 2) << "convolutions have no masked gradient";
}

TEST(Fuse, MergesRelu6IntoNormAndConv) {
  Graph graph;
  const ValueId x = graph.add_input("x", {DType::f32, Shape{2, 4, 4, 3}});
  const auto relu6 = [&](const char* name, ValueId v) {
    return ops::append(graph, "relu6", name, {v})[0];
  };
  const ValueId first = relu6("act1", conv(graph, "conv1", x, 4));
  head(graph, relu6("act2", norm(graph, "bn", conv(graph, "conv2", first, 4), true)));
  const Graph g = fuse(autodiff(graph));
  EXPECT_NO_THROW(ops::check(g));
  EXPECT_EQ(count(g, "relu6"), 0);
  EXPECT_EQ(node_named(g, "conv1").get<std::string>("activation"), "relu6");
  EXPECT_EQ(count(g, "relu6_grad"), 1);
  EXPECT_EQ(node_named(g, "bn.grad").get<std::string>("activation"), "relu6");
}

TEST(Fuse, MergesSqueezeAndExcitationGoingForward) {
  const Graph g = fuse(squeeze_network());
  EXPECT_NO_THROW(ops::check(g));
  EXPECT_EQ(count(g, "relu"), 0);
  EXPECT_EQ(count(g, "add"), 0);
  for (const char* name : {"a.mul", "b.mul"}) EXPECT_TRUE(fused_with_relu(node_named(g, name)));
  EXPECT_EQ(g.value(node_named(g, "a.mul").inputs[2]).name, "relu1");
  // The shortcut's norm could have taken the sum as well.
  EXPECT_EQ(g.value(node_named(g, "b.mul").inputs[2]).name, "b.down");
}

TEST(Fuse, MergesTheGradientOfSqueezeAndExcitation) {
  const Graph plain = autodiff(squeeze_network());
  const Graph g = fuse(plain);
  EXPECT_NO_THROW(ops::check(g));
  EXPECT_EQ(count(g, "mul_relu_grad"), 2);
  EXPECT_EQ(count(g, "mul_grad_scale"), 0);
  EXPECT_EQ(count(g, "adaptive_avg_pool_grad"), 0);
  EXPECT_EQ(count(g, "relu_grad"), 0);
  for (const auto& [name, value] : plain.outputs()) EXPECT_NE(g.output(name), kNoValue) << name;
  for (const std::string block : {"a.", "b."}) {
    const Node& masked = node_named(g, block + "mul.grad_scale");
    EXPECT_EQ(g.value(masked.inputs[1]).name, block + "bn");
    EXPECT_EQ(g.value(masked.inputs[2]).name, block + "relu");
    const Node& product = node_named(g, block + "mul.grad_x");
    EXPECT_EQ(product.inputs[0], masked.outputs[0]);
    EXPECT_EQ(g.shape(product.inputs[3]), (Shape{2, 1, 1, g.shape(product.inputs[0])[-1]}));
    EXPECT_EQ(node_named(g, block + "bn.grad").inputs[0], product.outputs[0]);
  }
  EXPECT_EQ(node_named(g, "b.down.grad").inputs[0], node_named(g, "b.mul.grad_scale").outputs[0]);
}

TEST(Fuse, MergesNormAndAddWithoutRelu) {
  Graph g;
  const ValueId x = g.add_input("x", {DType::f32, {2, 6, 6, 4}});
  g.set_output("y", add(g, "sum", x, norm(g, "bn", conv(g, "conv", x, 4), true)));
  const Graph fused = fuse(g);
  EXPECT_NO_THROW(ops::check(fused));
  EXPECT_EQ(count(fused, "add"), 0);
  EXPECT_EQ(node_named(fused, "bn").inputs[5], fused.find("x"));
  EXPECT_FALSE(fused_with_relu(node_named(fused, "bn")));
}

TEST(Fuse, MergesConvAddAndRelu) {
  Graph g;
  const ValueId x = g.add_input("x", {DType::f32, {2, 6, 6, 4}});
  const ValueId first = conv(g, "conv1", x, 4);
  const ValueId second = conv(g, "conv2", first, 4);
  g.set_output("y", relu(g, "relu1", add(g, "sum", second, first)));
  const Graph fused = fuse(g);
  EXPECT_NO_THROW(ops::check(fused));
  EXPECT_EQ(count(fused, "add") + count(fused, "relu"), 0);
  const Node& node = node_named(fused, "conv2");
  EXPECT_EQ(node.inputs[3], fused.find("conv1"));
  EXPECT_TRUE(fused_with_relu(node));
}

TEST(Fuse, AddsGradientsThatFanInWhereTheLastIsMade) {
  Graph g;
  const ValueId x = g.add_input("x", {DType::f32, {2, 6, 6, 4}});
  const ValueId stem = conv(g, "stem", x, 4);
  head(g, add(g, "sum", conv(g, "left", stem, 4), conv(g, "right", stem, 4)));
  const Graph plain = autodiff(g), fused = fuse(plain);
  EXPECT_NO_THROW(ops::check(fused));
  EXPECT_EQ(count(plain, "add"), 2);
  EXPECT_EQ(count(fused, "add"), 0);
  EXPECT_EQ(count(fused, "conv_grad_input"), 2);
}

TEST(MustNotFuse, AddAndAConvolutionOfGroups) {
  Graph g;
  const ValueId x = g.add_input("x", {DType::f32, {2, 6, 6, 4}});
  const ValueId w = g.add_parameter("w", {4, 2, 1, 1}, {});
  const ValueId y =
      ops::append(g, "conv", "grouped", {x, w, kNoValue}, {{"groups", std::int64_t{2}}})[0];
  g.set_output("y", add(g, "sum", y, x));
  EXPECT_EQ(print(fuse(g)), print(g));
}

TEST(Fuse, ReachesAFixedPointInOneGo) {
  const Graph g = fuse(autodiff(residual_network(true)));
  EXPECT_EQ(print(fuse(g)), print(g));
}

// What must not be merged: each case leaves the graph as it was.
void expect_unchanged(const Graph& g) { EXPECT_EQ(print(fuse(g)), print(g)); }

struct Start {
  Graph g;
  ValueId x = g.add_input("x", {DType::f32, {2, 6, 6, 4}});
};

TEST(MustNotFuse, NormThatSomethingElseReads) {
  Start s;
  const ValueId n = norm(s.g, "bn", s.x, true);
  s.g.set_output("y", relu(s.g, "r", n));
  s.g.set_output("z", ops::append(s.g, "global_avg_pool", "pool", {n})[0]);
  expect_unchanged(s.g);
}

TEST(MustNotFuse, NormThatIsAGraphOutput) {
  Start s;
  const ValueId n = norm(s.g, "bn", s.x, true);
  s.g.set_output("y", relu(s.g, "r", n));
  s.g.set_output("n", n);
  expect_unchanged(s.g);
}

TEST(MustNotFuse, NormAddedToItself) {
  Start s;
  const ValueId n = norm(s.g, "bn", s.x, true);
  s.g.set_output("y", add(s.g, "twice", n, n));
  expect_unchanged(s.g);
}

TEST(MustNotFuse, ConvThatIsAGraphOutput) {
  Start s;
  const ValueId c = conv(s.g, "conv", s.x, 4);
  s.g.set_output("y", relu(s.g, "r", c));
  s.g.set_output("c", c);
  expect_unchanged(s.g);
}

TEST(MustNotFuse, ReluOfSomethingElse) {
  Start s;
  s.g.set_output("y", relu(s.g, "r2", relu(s.g, "r", add(s.g, "sum", s.x, s.x))));
  expect_unchanged(s.g);
}

TEST(MustNotFuse, StatisticsThatAreReadInBetween) {
  Start s;
  const ValueId n = norm(s.g, "bn", s.x, true);
  s.g.set_output("mean", relu(s.g, "reader", s.g.find("bn:1")));
  s.g.set_output("y", relu(s.g, "r", n));
  expect_unchanged(s.g);
}

TEST(MustNotFuse, StatesThatAnotherNormUpdatesInBetween) {
  Start s;
  const ValueId n = norm(s.g, "bn", s.x, true);
  Node shared = node_named(s.g, "bn");
  const ValueId other =
      ops::append(s.g, "batch_norm", "again", shared.inputs, shared.attributes)[0];
  s.g.set_output("other", other);
  s.g.set_output("y", relu(s.g, "r", n));
  expect_unchanged(s.g);
}

TEST(MustNotFuse, ReluGradThatNoNormGradReads) {
  Start s;
  const ValueId w = s.g.add_parameter("w", {2, 6, 6, 4}, {});
  s.g.set_output("loss", relu(s.g, "r", add(s.g, "sum", s.x, w)));
  const Graph training = autodiff(s.g);
  EXPECT_EQ(count(training, "relu_grad"), 1);
  expect_unchanged(training);
}

TEST(MustNotFuse, ProductOfEqualShapes) {
  Start s;
  const ValueId squared = ops::append(s.g, "mul", "squared", {s.x, s.x})[0];
  s.g.set_output("y", relu(s.g, "r", add(s.g, "sum", squared, s.x)));
  expect_unchanged(s.g);
}

TEST(MustNotFuse, ProductThatSomethingElseReads) {
  Start s;
  const ValueId scale = s.g.add_parameter("scale", {4}, {});
  const ValueId product = ops::append(s.g, "mul", "product", {s.x, scale})[0];
  s.g.set_output("y", add(s.g, "sum", product, s.x));
  s.g.set_output("z", product);
  expect_unchanged(s.g);
}

// Each could be spread over the positions but for one thing.
TEST(MustNotFuse, GradientOfAMeanThatIsNoSpread) {
  for (const std::int64_t size : {1, 2}) {
    Start s;
    const ValueId dy = s.g.add_input("dy", {DType::f32, {2, size, size, 4}});
    const ValueId pooled =
        ops::append(s.g, "adaptive_avg_pool_grad", "pool", {dy},
                    {{"output_size", size}, {"input_shape", Ints{2, 6, 6, 4}}})[0];
    const ValueId scale = s.g.add_input("scale", {DType::f32, {2, 4}});
    const ValueId product = ops::append(s.g, "mul", "product", {s.x, scale})[0];
    s.g.set_output("y", relu(s.g, "r", add(s.g, "sum", product, pooled)));
    if (size == 1) s.g.set_output("pooled", pooled);
    EXPECT_EQ(count(fuse(s.g), "adaptive_avg_pool_grad"), 1) << size;
  }
}

TEST(MustNotFuse, MaskedCotangentOfAnActivationAlreadyMerged) {
  const Graph g = autodiff(fuse(residual_network(true)));
  const Graph fused = fuse(g);
  EXPECT_EQ(count(fused, "batch_norm_grad"), count(g, "batch_norm_grad"));
  EXPECT_EQ(print(fuse(fused)), print(fused));
}

}  // namespace
}  // namespace noyau::passes
