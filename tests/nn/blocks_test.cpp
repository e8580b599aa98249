#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "noyau/error.hpp"
#include "noyau/nn.hpp"

namespace noyau::nn {
namespace {

class Blocks : public testing::Test {
 protected:
  ValueId pictures(Shape shape = {2, 9, 9, 4}) { return graph.add_input("x", {b.dtype, shape}); }
  Shape shape(ValueId id) const { return graph.shape(id); }

  Graph graph;
  Builder b{graph, true};
};

TEST_F(Blocks, ShortcutsDropOnlyWhenTheirNumberIsKnown) {
  const ValueId x = pictures();
  b.regularisation.drop_path = 0.5;
  EXPECT_THROW(add_shortcut(b, x, x, "block1"), Error);
  count_shortcuts(b, [](Builder& to) {
    const ValueId y = to.graph.add_input("x", {to.dtype, Shape{2, 9, 9, 4}});
    add_shortcut(to, add_shortcut(to, y, y, "block1"), y, "block2");
  });
  EXPECT_EQ(b.all_shortcuts, 2);
  EXPECT_EQ(unserved(b), "");
}

// TensorFlow's rule for "SAME", by hand: 8 / 2 = 4 windows of 3 reach 9, of 5 reach 11.
TEST_F(Blocks, SamePaddingDependsOnTheExtentAndPutsTheOddZeroLast) {
  using Ints = std::vector<std::int64_t>;
  b.conventions.same_padding = true;
  const ValueId x = pictures({1, 8, 9, 4});
  const auto padding = [&] { return graph.nodes().back().get<Ints>("padding"); };
  EXPECT_EQ(shape(conv2d(b, x, "a", {.out_channels = 4, .stride = 2, .padding = 1})),
            (Shape{1, 4, 5, 4}));
  EXPECT_EQ(padding(), (Ints{0, 1, 1, 1}));
  EXPECT_EQ(
      shape(conv2d(b, x, "b",
                   {.out_channels = 4, .kernel_size = 5, .stride = 2, .padding = 2, .groups = 4})),
      (Shape{1, 4, 5, 4}));
  EXPECT_EQ(padding(), (Ints{1, 2, 2, 2}));
  EXPECT_EQ(shape(max_pool2d(b, x, "c", {.kernel_size = 3, .stride = 2, .padding = 1})),
            (Shape{1, 4, 5, 4}));
  EXPECT_EQ(padding(), (Ints{0, 1, 1, 1}));
  conv2d(b, x, "d", {.out_channels = 4, .padding = 1});
  EXPECT_EQ(padding(), (Ints{1, 1, 1, 1}));
  conv2d(b, x, "e", {.out_channels = 4, .stride = 2});  // not padded: "VALID"
  EXPECT_EQ(padding(), (Ints{0, 0, 0, 0}));
}

TEST_F(Blocks, ConventionsSetTheEpsOfBatchNorms) {
  const ValueId x = pictures();
  batch_norm(b, x, "a");
  EXPECT_EQ(graph.nodes().back().get<double>("eps"), 1e-5);
  b.conventions.norm_eps = 1e-3;
  batch_norm(b, x, "b");
  EXPECT_EQ(graph.nodes().back().get<double>("eps"), 1e-3);
}

TEST_F(Blocks, TellsWhatRegularisationNoLayerServes) {
  b.regularisation = {.drop_path = 0, .dropout = 0.2, .drop_connect = 0.5};
  EXPECT_EQ(unserved(b), "dropout 0.2");
  const ValueId x = head_dropout(b, flatten(b, pictures(), "flatten"), "dropout");
  EXPECT_EQ(graph.nodes().back().get<double>("p"), 0.2);
  EXPECT_EQ(unserved(b), "drop_connect 0.5");
  classifier(b, x, "fc", {.out_features = 3});
  EXPECT_EQ(unserved(b), "");
}

TEST_F(Blocks, Conv2dOwnsItsWeights) {
  const ValueId y = conv2d(
      b, pictures(), "conv",
      {.out_channels = 6, .kernel_size = {3, 1}, .stride = 2, .padding = {1, 0}, .groups = 2});
  EXPECT_EQ(shape(y), Shape({2, 5, 5, 6}));
  EXPECT_EQ(shape(graph.find("conv.weight")), Shape({6, 2, 3, 1}));
  EXPECT_EQ(shape(graph.find("conv.bias")), Shape({6}));
  EXPECT_EQ(graph.value(graph.find("conv.bias")).init.fan_in, 6);
}

TEST_F(Blocks, Conv2dPadsEachEdgeByItself) {
  const ValueId y =
      conv2d(b, pictures(), "conv", {.out_channels = 1, .kernel_size = 2, .padding = {0, 1, 0, 0}});
  EXPECT_EQ(shape(y), Shape({2, 9, 8, 1}));
}

TEST_F(Blocks, BiasIsOptional) {
  conv2d(b, pictures(), "conv", {.out_channels = 6, .bias = false});
  EXPECT_EQ(graph.find("conv.bias"), kNoValue);
}

TEST_F(Blocks, ConvNormActOmitsUnnamedLayers) {
  const ValueId x = pictures();
  conv_norm_act(b, x, {"conv", "", ""}, {.out_channels = 8, .padding = 1});
  EXPECT_EQ(graph.nodes().size(), 1u);
  conv_norm_act(b, x, {"conv2", "bn2", "relu2"}, {.out_channels = 8, .padding = 1});
  EXPECT_EQ(graph.nodes().size(), 4u);
  EXPECT_EQ(graph.nodes().back().op, "relu");
}

TEST_F(Blocks, BatchNormTakesItsModeFromTheBuilder) {
  const ValueId x = pictures();
  batch_norm(b, x, "bn");
  EXPECT_TRUE(graph.nodes().back().get<bool>("training"));
  EXPECT_EQ(graph.value(graph.find("bn.running_var")).kind, ValueKind::state);
  EXPECT_EQ(graph.value(graph.find("bn.running_var")).init.scale, 1.0);
  b.training = false;
  batch_norm(b, x, "bn2", {.weight_init = 0});
  EXPECT_FALSE(graph.nodes().back().get<bool>("training"));
  EXPECT_EQ(graph.value(graph.find("bn2.weight")).init.scale, 0.0);
}

TEST_F(Blocks, DropoutDisappearsOutsideTraining) {
  const ValueId x = pictures();
  EXPECT_NE(dropout(b, x, "drop"), x);
  b.training = false;
  EXPECT_EQ(dropout(b, x, "drop2"), x);
  EXPECT_THROW(dropout(b, x, "drop3", {.p = 1.0}), Error);
}

TEST_F(Blocks, DropPathDropsImagesInTrainingOnly) {
  const ValueId x = pictures();
  EXPECT_EQ(shape(drop_path(b, x, "path", {.p = 0.2})), shape(x));
  EXPECT_TRUE(graph.nodes().back().get<bool>("per_image"));
  EXPECT_EQ(graph.nodes().back().get<double>("p"), 0.2);
  EXPECT_EQ(drop_path(b, x, "path2", {.p = 0}), x);
  b.training = false;
  EXPECT_EQ(drop_path(b, x, "path3"), x);
}

TEST_F(Blocks, DropConnectDropsWeightsInTrainingOnly) {
  const ValueId x = graph.add_input("flat", {b.dtype, {2, 5}});
  linear(b, x, "fc", {.out_features = 3, .drop_connect = 0.5});
  const Node fc = graph.nodes().back();
  const Node& drop = graph.nodes()[std::size_t(graph.value(fc.inputs[1]).producer)];
  EXPECT_EQ(drop.op, "dropout");
  EXPECT_EQ(drop.inputs[0], graph.find("fc.weight"));
  b.training = false;
  linear(b, x, "fc2", {.out_features = 3, .drop_connect = 0.5});
  EXPECT_EQ(graph.nodes().back().inputs[1], graph.find("fc2.weight"));
}

TEST_F(Blocks, ActivationsKeepTheShape) {
  const ValueId x = pictures();
  EXPECT_EQ(activation(b, x, "none", Activation::none), x);
  EXPECT_EQ(shape(activation(b, x, "act", Activation::silu)), shape(x));
  EXPECT_EQ(graph.nodes().back().op, "silu");
  activation(b, x, "gelu", Activation::gelu_tanh);
  EXPECT_EQ(graph.nodes().back().get<std::string>("approximate"), "tanh");
  leaky_relu(b, x, "leaky", 0.2);
  EXPECT_EQ(graph.nodes().back().get<double>("negative_slope"), 0.2);
  EXPECT_EQ(shape(prelu(b, x, "prelu", {.per_channel = true})), shape(x));
  EXPECT_EQ(shape(graph.find("prelu.weight")), Shape({4}));
  EXPECT_EQ(graph.value(graph.find("prelu.weight")).init.scale, 0.25);
}

TEST_F(Blocks, SplitCutsAllChannelsIntoParts) {
  const ValueId x = pictures();
  const std::vector<ValueId> parts = split(b, x, "split", {1, 3});
  ASSERT_EQ(parts.size(), 2u);
  EXPECT_EQ(shape(parts[0]), Shape({2, 9, 9, 1}));
  EXPECT_EQ(shape(parts[1]), Shape({2, 9, 9, 3}));
  EXPECT_THROW(split(b, x, "short", {1, 2}), Error);
}

TEST_F(Blocks, ChannelsJoinSplitAndScale) {
  const ValueId x = pictures(), gate = global_avg_pool(b, x, "gap");
  const std::vector<ValueId> xs = {x, x, x};
  const ValueId wide = concat(b, xs, "cat");
  EXPECT_EQ(shape(wide), Shape({2, 9, 9, 12}));
  EXPECT_EQ(shape(slice_channels(b, wide, "part", 3, 8)), Shape({2, 9, 9, 5}));
  EXPECT_EQ(shape(mul(b, x, gate, "mul")), shape(x));
}

TEST_F(Blocks, LossesReduceToOneNumber) {
  const ValueId x = pictures(), target = graph.add_input("t", graph.type(x));
  EXPECT_EQ(shape(sigmoid_cross_entropy(b, x, target, "bce")), Shape({1}));
  EXPECT_EQ(shape(mse_loss(b, x, target, "mse", {.reduction = "none"})), shape(x));
}

TEST_F(Blocks, HeadsHaveTheShapesOfPyTorch) {
  const ValueId x = pictures();
  EXPECT_EQ(shape(max_pool2d(b, x, "pool")), Shape({2, 4, 4, 4}));
  EXPECT_EQ(shape(max_pool2d(b, x, "pool2", {.kernel_size = 2, .ceil_mode = true})),
            Shape({2, 5, 5, 4}));
  EXPECT_EQ(shape(avg_pool2d(b, x, "pool3", {.kernel_size = 3, .stride = 2, .padding = 1})),
            Shape({2, 5, 5, 4}));
  EXPECT_EQ(shape(global_avg_pool(b, x, "gap")), Shape({2, 4}));
  const ValueId flat = flatten(b, x, "flat");
  EXPECT_EQ(shape(flat), Shape({2, 324}));
  EXPECT_EQ(shape(linear(b, flat, "fc", {.out_features = 7})), Shape({2, 7}));
}

TEST_F(Blocks, AdaptivePoolsGiveTheSizeThatWasAsked) {
  const ValueId x = pictures();
  EXPECT_EQ(shape(adaptive_avg_pool2d(b, x, "avg", {.output_size = 6})), Shape({2, 6, 6, 4}));
  EXPECT_EQ(shape(adaptive_max_pool2d(b, x, "max", {.output_size = {1, 12}})),
            Shape({2, 1, 12, 4}));
  EXPECT_EQ(adaptive_avg_pool2d(b, x, "same", {.output_size = 9}), x);
  EXPECT_EQ(shape(global_max_pool(b, x, "gmp")), Shape({2, 4}));
  const ValueId volume = graph.add_input("volume", {b.dtype, Shape{1, 4, 5, 6, 2}});
  EXPECT_EQ(shape(adaptive_avg_pool3d(b, volume, "avg3", {.output_size = {3, 2, 2}})),
            Shape({1, 3, 2, 2, 2}));
  EXPECT_EQ(shape(adaptive_max_pool3d(b, volume, "max3")), Shape({1, 1, 1, 1, 2}));
  EXPECT_EQ(shape(global_max_pool(b, volume, "gmp3")), Shape({1, 2}));
  EXPECT_THROW(adaptive_avg_pool2d(b, x, "none", {.output_size = 0}), Error);
}

TEST_F(Blocks, ResizeGivesTheSizeThatWasAsked) {
  const ValueId x = pictures();
  EXPECT_EQ(shape(resize(b, x, "up", {.size = {18, 12}, .mode = "linear"})), Shape({2, 18, 12, 4}));
  EXPECT_EQ(graph.nodes().back().get<std::string>("mode"), "linear");
  EXPECT_THROW(resize(b, x, "none", {}), Error);
}

TEST_F(Blocks, LayerAndGroupNormOwnTheirWeights) {
  const ValueId x = pictures();
  EXPECT_EQ(shape(group_norm(b, x, "gn", {.groups = 2, .weight_init = 0})), shape(x));
  EXPECT_EQ(shape(graph.find("gn.weight")), Shape{4});
  EXPECT_EQ(graph.value(graph.find("gn.weight")).init.scale, 0.0);
  layer_norm(b, x, "ln");
  EXPECT_EQ(shape(graph.find("ln.bias")), Shape{4});
  layer_norm(b, x, "all", {.axes = LayerNormOptions::Axes::all});
  EXPECT_EQ(shape(graph.find("all.weight")), Shape({4, 9, 9}));
  EXPECT_EQ(graph.value(graph.find("all.weight")).init.scale, 1.0);
  layer_norm(b, x, "plain", {.affine = false});
  EXPECT_EQ(graph.find("plain.weight"), kNoValue);
  EXPECT_THROW(group_norm(b, x, "gn2", {.groups = 3}), Error);
}

TEST_F(Blocks, LocalResponseNormKeepsTheShape) {
  const ValueId x = pictures();
  EXPECT_EQ(shape(local_response_norm(b, x, "lrn", {.size = 3, .k = 2})), shape(x));
  EXPECT_EQ(graph.nodes().back().get<double>("k"), 2.0);
}

TEST_F(Blocks, DoublePrecisionReachesEveryWeight) {
  b.dtype = DType::f64;
  conv_norm_act(b, pictures(), {"conv", "bn", "relu"}, {.out_channels = 8});
  for (const Value& value : graph.values()) {
    if (value.kind == ValueKind::parameter || value.kind == ValueKind::state) {
      EXPECT_EQ(value.type.dtype, DType::f64) << value.name;
    }
  }
}

TEST_F(Blocks, ErrorsNameTheLayer) {
  const ValueId x = pictures();
  const auto where = [](auto&& call) {
    try {
      call();
    } catch (const Error& error) {
      return error.where();
    }
    return std::string("no error");
  };
  EXPECT_EQ(where([&] { conv2d(b, x, "stem", {.out_channels = 0}); }), "conv2d stem");
  EXPECT_EQ(where([&] { conv2d(b, x, "stem", {.out_channels = 6, .groups = 3}); }), "conv2d stem");
  EXPECT_EQ(where([&] { linear(b, x, "fc", {.out_features = 2}); }), "linear fc");
  EXPECT_THAT(where([&] { conv2d(b, x, "big", {.out_channels = 2, .kernel_size = 11}); }),
              testing::HasSubstr("big"));
}

}  // namespace
}  // namespace noyau::nn
