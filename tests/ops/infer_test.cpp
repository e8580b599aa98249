#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "noyau/error.hpp"
#include "ops/ops.hpp"

namespace noyau::ops {
namespace {

using Ints = std::vector<std::int64_t>;

std::vector<ValueId> add_inputs(Graph& g, const std::vector<ValueType>& types) {
  std::vector<ValueId> ids;
  for (const ValueType& type : types)
    ids.push_back(g.add_input("in" + std::to_string(ids.size()), type));
  return ids;
}

ValueType real(Shape shape) { return {DType::f32, shape}; }

struct Case {
  const char* op;
  std::vector<Shape> inputs;
  Attributes attributes;
  Shape y;
};

// Expected shapes are those PyTorch 2 gives for the same layer.
TEST(Infer, FollowsPyTorch) {
  const Case cases[] = {
      {"conv",
       {{8, 224, 224, 3}, {64, 3, 7, 7}},
       {{"stride", 2}, {"padding", 3}},
       {8, 112, 112, 64}},
      {"conv", {{1, 32, 32, 1}, {6, 1, 5, 5}}, {}, {1, 28, 28, 6}},
      {"conv", {{1, 8, 8, 4}, {4, 1, 3, 3}}, {{"groups", 4}, {"dilation", 2}}, {1, 4, 4, 4}},
      {"conv", {{1, 9, 8, 4}, {2, 4, 1, 1}}, {{"stride", 3}}, {1, 3, 3, 2}},
      {"conv",
       {{1, 7, 7, 2}, {2, 2, 2, 3}},
       {{"padding", Ints{0, 1, 2, 0}}, {"stride", Ints{2, 1}}},
       {1, 4, 7, 2}},
      {"conv", {{1, 5, 6, 2}, {2, 2, 3, 3}}, {{"padding", Ints{1, 2}}}, {1, 5, 8, 2}},
      {"linear", {{4, 512}, {10, 512}}, {}, {4, 10}},
      {"max_pool",
       {{1, 112, 112, 64}},
       {{"kernel_size", 3}, {"stride", 2}, {"padding", 1}},
       {1, 56, 56, 64}},
      {"max_pool", {{1, 7, 7, 1}}, {{"kernel_size", 2}}, {1, 3, 3, 1}},
      {"max_pool", {{1, 7, 7, 1}}, {{"kernel_size", 2}, {"ceil_mode", true}}, {1, 4, 4, 1}},
      {"max_pool",
       {{1, 5, 5, 1}},
       {{"kernel_size", 3}, {"stride", 2}, {"ceil_mode", true}},
       {1, 2, 2, 1}},
      // The last window would start in the padding after the input: dropped.
      {"max_pool",
       {{1, 6, 6, 1}},
       {{"kernel_size", 2}, {"stride", 2}, {"padding", 1}, {"ceil_mode", true}},
       {1, 4, 4, 1}},
      {"max_pool",
       {{1, 3, 3, 1}},
       {{"kernel_size", 1}, {"stride", 4}, {"ceil_mode", true}},
       {1, 1, 1, 1}},
      {"max_pool",
       {{1, 9, 9, 1}},
       {{"kernel_size", 3}, {"stride", 1}, {"dilation", 2}},
       {1, 5, 5, 1}},
      {"avg_pool", {{1, 8, 8, 3}}, {{"kernel_size", Ints{2, 4}}}, {1, 4, 2, 3}},
      {"avg_pool",
       {{1, 4, 4, 1}},
       {{"kernel_size", 3}, {"stride", 2}, {"padding", 1}, {"ceil_mode", true}},
       {1, 3, 3, 1}},
      {"global_avg_pool", {{2, 7, 7, 512}}, {}, {2, 512}},
      {"adaptive_avg_pool", {{1, 13, 13, 256}}, {{"output_size", 6}}, {1, 6, 6, 256}},
      {"adaptive_max_pool", {{1, 3, 5, 2}}, {{"output_size", Ints{7, 2}}}, {1, 7, 2, 2}},
      {"layer_norm", {{2, 7, 7, 96}, {96}, {96}}, {{"eps", 1e-6}}, {2, 7, 7, 96}},
      {"layer_norm", {{2, 4, 5, 3}, {3, 4, 5}}, {{"axes", "all"}}, {2, 4, 5, 3}},
      {"group_norm", {{2, 7, 7, 64}, {64}}, {{"groups", 32}}, {2, 7, 7, 64}},
      {"resize", {{1, 4, 5, 2}}, {{"size", Ints{8, 3}}}, {1, 8, 3, 2}},
      {"resize", {{1, 2, 4, 5, 2}}, {{"size", 8}, {"mode", "linear"}}, {1, 8, 8, 8, 2}},
      {"local_response_norm", {{1, 55, 55, 96}}, {{"size", 5}}, {1, 55, 55, 96}},
      {"flatten", {{2, 5, 5, 16}}, {}, {2, 400}},
      {"relu", {{2, 5}}, {}, {2, 5}},
      {"add", {{2, 5}, {2, 5}}, {}, {2, 5}},
      {"mul", {{2, 3, 3, 5}, {2, 5}}, {}, {2, 3, 3, 5}},
      {"mul", {{2, 4, 3, 3, 5}, {2, 1, 1, 1, 5}}, {}, {2, 4, 3, 3, 5}},
      {"mul", {{2, 3, 3, 5}, {5}}, {}, {2, 3, 3, 5}},
      {"prelu", {{2, 3, 3, 5}, {1}}, {}, {2, 3, 3, 5}},
      {"concat", {{2, 3, 3, 5}, {2, 3, 3, 2}, {2, 3, 3, 1}}, {}, {2, 3, 3, 8}},
      {"concat", {{2, 5}, {2, 6}}, {}, {2, 11}},
      {"slice_channels", {{2, 3, 3, 5}}, {{"begin", 1}, {"end", 3}}, {2, 3, 3, 2}},
      {"dropout", {{2, 5}}, {}, {2, 5}},
      {"softmax", {{2, 5}}, {}, {2, 5}},
      {"gelu", {{2, 5}}, {{"approximate", "tanh"}}, {2, 5}},
      {"dropout", {{2, 3, 5}}, {{"per_image", true}}, {2, 3, 5}},
      {"sigmoid_cross_entropy", {{2, 5}, {2, 5}}, {}, {1}},
      {"sigmoid_cross_entropy", {{2, 5}, {2, 5}, {5}}, {{"reduction", "none"}}, {2, 5}},
      {"mse_loss", {{2, 3, 3, 5}, {2, 3, 3, 5}}, {{"reduction", "sum"}}, {1}},
      {"sum_rows", {{2, 3, 3, 5}}, {}, {5}},
      {"constant", {}, {{"shape", Ints{2, 3}}}, {2, 3}},
      {"batch_norm", {{2, 3, 3, 5}, {5}, {5}, {5}, {5}}, {}, {2, 3, 3, 5}},
  };
  for (const Case& c : cases) {
    Graph g;
    std::vector<ValueType> types;
    for (const Shape& shape : c.inputs) types.push_back(real(shape));
    const auto outputs = append(g, c.op, "layer", add_inputs(g, types), c.attributes);
    EXPECT_EQ(to_string(g.shape(outputs[0])), to_string(c.y)) << print(g);
  }
}

TEST(Infer, MaxPoolIndicesFitTheWindow) {
  Graph g;
  const auto x = add_inputs(g, {real({1, 40, 40, 1})});
  const auto small = append(g, "max_pool", "a", x, {{"kernel_size", 16}});
  const auto large = append(g, "max_pool", "b", x, {{"kernel_size", 17}});
  EXPECT_EQ(g.type(small[1]).dtype, DType::u8);
  EXPECT_EQ(g.type(large[1]).dtype, DType::i32);
}

TEST(Infer, BatchNormSavesStatisticsOnlyInTraining) {
  Graph g;
  const auto x = add_inputs(g, {real({2, 4, 4, 3})});
  const ValueId mean = g.add_state("mean", {3}, {}), var = g.add_state("var", {3}, {});
  const std::vector<ValueId> inputs = {x[0], kNoValue, kNoValue, mean, var};
  EXPECT_EQ(append(g, "batch_norm", "eval", inputs).size(), 1u);
  const auto outputs = append(g, "batch_norm", "train", inputs, {{"training", true}});
  ASSERT_EQ(outputs.size(), 4u);
  EXPECT_EQ(g.shape(outputs[1]), Shape{3});
  EXPECT_TRUE(mutated_inputs(g.nodes()[0]).empty());
  EXPECT_EQ(mutated_inputs(g.nodes()[1]), (std::vector<int>{3, 4}));
}

TEST(Infer, LayerAndGroupNormSaveOneStatisticPerRowAndGroup) {
  Graph g;
  const auto x = add_inputs(g, {real({2, 4, 5, 6})});
  EXPECT_EQ(g.shape(append(g, "layer_norm", "a", x)[1]), Shape({2, 4, 5}));
  EXPECT_EQ(g.shape(append(g, "layer_norm", "b", x, {{"axes", "all"}})[2]), Shape{2});
  EXPECT_EQ(g.shape(append(g, "group_norm", "c", x, {{"groups", 3}})[1]), Shape({2, 3}));
}

TEST(Infer, LossHasOneElementOrOnePerRow) {
  Graph g;
  const auto in = add_inputs(g, {real({6, 10}), {DType::i32, {6}}});
  EXPECT_EQ(g.shape(append(g, "softmax_cross_entropy", "a", in)[0]), Shape{1});
  EXPECT_EQ(g.shape(append(g, "softmax_cross_entropy", "b", in, {{"reduction", "none"}})[0]),
            Shape{6});
}

TEST(Append, SpreadsNumbersOverAxesAndFillsDefaults) {
  Graph g;
  const auto in = add_inputs(g, {real({1, 8, 8, 4}), real({4, 4, 3, 3})});
  append(g, "conv", "c", in, {{"stride", 2}, {"padding", Ints{1, 2}}});
  append(g, "max_pool", "p", {in[0]}, {{"kernel_size", Ints{2, 4}}});
  const Node& conv = g.nodes()[0];
  EXPECT_EQ(conv.inputs.size(), 4u);
  EXPECT_EQ(conv.get<Ints>("stride"), (Ints{2, 2}));
  EXPECT_EQ(conv.get<Ints>("padding"), (Ints{1, 1, 2, 2}));
  EXPECT_EQ(conv.get<Ints>("dilation"), (Ints{1, 1}));
  EXPECT_EQ(conv.get<std::string>("activation"), "none");
  EXPECT_EQ(g.nodes()[1].get<Ints>("stride"), (Ints{2, 4}));
}

TEST(Append, GivesEachDropoutAnIdOfItsOwn) {
  Graph g;
  const auto x = add_inputs(g, {real({2, 5})});
  for (const char* name : {"drop", "drop", "other"}) append(g, "dropout", name, x, {{"p", 0.2}});
  const auto id = [&](std::size_t i) { return g.nodes()[i].get<std::int64_t>("id"); };
  EXPECT_GE(id(0), 0);
  EXPECT_NE(id(0), id(1));
  EXPECT_NE(id(0), id(2));
  Graph again;
  append(again, "dropout", "drop", add_inputs(again, {real({2, 5})}), {{"p", 0.2}});
  EXPECT_EQ(again.nodes()[0].get<std::int64_t>("id"), id(0));
}

struct Wrong {
  const char* op;
  std::vector<ValueType> inputs;
  Attributes attributes;
  ErrorCode code;
  const char* text;
};

TEST(Append, SaysWhatIsWrong) {
  const ValueType x = real({2, 8, 8, 3}), w = real({4, 3, 3, 3});
  const DType f64 = DType::f64, i32 = DType::i32;
  using enum ErrorCode;
  const Wrong cases[] = {
      {"conv",
       {x, real({4, 64, 3, 3})},
       {},
       shape_mismatch,
       "conv layer1.0.conv1: 3; expected 64 input channels"},
      {"conv",
       {x, real({4, 3, 3})},
       {},
       shape_mismatch,
       "4x3x3; expected weight [O, I / groups, kernel...]"},
      {"conv", {real({2, 3}), w}, {}, shape_mismatch, "2x3; expected x [N, spatial..., C]"},
      {"conv", {x, w, real({5})}, {}, shape_mismatch, "5; expected bias 4"},
      {"conv", {x, {f64, {4, 3, 3, 3}}}, {}, invalid_argument, "f64; expected weight of type f32"},
      {"conv",
       {{i32, {2, 8, 8, 3}}, {i32, {4, 3, 3, 3}}},
       {},
       invalid_argument,
       "i32; expected x of type f32 or f64"},
      {"conv",
       {x, real({4, 3, 9, 3})},
       {},
       shape_mismatch,
       "window of 9; expected at least 9 positions along axis 1"},
      {"conv",
       {x, w},
       {{"groups", 3}},
       invalid_argument,
       "groups 3; expected a divisor of 4 output channels"},
      {"conv", {x, w}, {{"groups", 0}}, invalid_argument, "groups 0"},
      {"conv", {x, w}, {{"stride", 0}}, invalid_argument, "stride 0; expected 1 or more"},
      {"conv", {x, w}, {{"padding", -1}}, invalid_argument, "padding -1; expected 0 or more"},
      {"conv",
       {x, w},
       {{"padding", Ints{1, 2, 3}}},
       invalid_argument,
       "padding of 3 numbers; expected 4 numbers"},
      {"conv", {x, w}, {{"strides", 2}}, invalid_argument, "unknown attribute strides"},
      {"conv",
       {x, w},
       {{"stride", "two"}},
       invalid_argument,
       "attribute stride is a text; expected a list of integers"},
      {"conv",
       {x, w},
       {{"activation", "gelu"}},
       invalid_argument,
       "activation gelu; expected one of none, relu"},
      {"conv", {x}, {}, invalid_argument, "no input weight"},
      {"conv", {x, w, real({4}), x, x}, {}, invalid_argument, "5 inputs; expected at most 4"},
      {"conv", {x, w, real({4}), x}, {}, shape_mismatch, "2x8x8x3; expected residual 2x6x6x4"},
      {"linear", {real({2, 3}), real({4, 5})}, {}, shape_mismatch, "3; expected 5 input features"},
      {"add", {real({2, 3}), real({2, 4})}, {}, shape_mismatch, "2x4; expected b 2x3"},
      {"batch_norm",
       {x, real({4}), real({3}), real({3}), real({3})},
       {},
       shape_mismatch,
       "4; expected weight 3"},
      {"batch_norm",
       {x, real({3}), real({3}), real({3}), real({3})},
       {{"training", true}},
       invalid_argument,
       "running_mean is not a state"},
      {"batch_norm",
       {x, real({3}), real({3}), real({3}), real({3})},
       {{"eps", -1.0}},
       invalid_argument,
       "eps"},
      {"max_pool", {x}, {}, invalid_argument, "no attribute kernel_size"},
      {"max_pool",
       {x},
       {{"kernel_size", 2}, {"padding", 2}},
       invalid_argument,
       "padding 2; expected at most half of the window, 1"},
      {"max_pool", {x}, {{"kernel_size", 9}}, shape_mismatch, "at least 9 positions"},
      {"adaptive_avg_pool", {x}, {}, invalid_argument, "no attribute output_size"},
      {"adaptive_avg_pool", {x}, {{"output_size", 0}}, invalid_argument, "output_size below 1"},
      {"adaptive_max_pool",
       {x},
       {{"output_size", Ints{1, 2, 3}}},
       invalid_argument,
       "output_size of 3 numbers; expected 2 numbers"},
      {"adaptive_avg_pool",
       {real({2, 3})},
       {{"output_size", 1}},
       shape_mismatch,
       "1 to 3 spatial axes"},
      {"adaptive_max_pool",
       {real({2, 0, 3, 1})},
       {{"output_size", 1}},
       shape_mismatch,
       "at least 1 position"},
      {"group_norm",
       {x},
       {{"groups", 2}},
       invalid_argument,
       "groups 2; expected a divisor of 3 channels"},
      {"group_norm", {x}, {{"groups", 0}}, invalid_argument, "groups 0"},
      {"group_norm", {x, real({4})}, {{"groups", 3}}, shape_mismatch, "4; expected weight 3"},
      {"layer_norm",
       {x, real({8, 8, 3})},
       {{"axes", "all"}},
       shape_mismatch,
       "expected weight 3x8x8"},
      {"layer_norm", {x}, {{"axes", "rows"}}, invalid_argument, "one of channels, all"},
      {"layer_norm", {x}, {{"eps", -1.0}}, invalid_argument, "eps"},
      {"layer_norm", {real({2, 0, 3})}, {}, shape_mismatch, "no empty axis but the first"},
      {"resize", {x}, {{"size", Ints{1, 2, 3}}}, invalid_argument, "size of 3 numbers"},
      {"resize", {x}, {{"size", 0}}, invalid_argument, "size below 1"},
      {"resize",
       {x},
       {{"size", 2}, {"mode", "bilinear"}},
       invalid_argument,
       "one of nearest, nearest_exact, linear, cubic"},
      {"resize",
       {x},
       {{"size", 2}, {"align_corners", true}},
       invalid_argument,
       "align_corners with a nearest mode"},
      {"resize",
       {x},
       {{"size", 2}, {"mode", "linear"}, {"align_corners", true}, {"antialias", true}},
       invalid_argument,
       "at most one of the two"},
      {"local_response_norm", {x}, {{"size", 0}}, invalid_argument, "size 0; expected 1 or more"},
      {"local_response_norm", {x}, {{"k", 0}}, invalid_argument, "expected more than 0"},
      {"dropout", {x}, {{"p", 1}}, invalid_argument, "p 1.0"},
      {"gelu", {x}, {{"approximate", "erf"}}, invalid_argument, "one of none, tanh"},
      {"sigmoid_cross_entropy",
       {real({2, 3}), real({2, 3}), real({2})},
       {},
       shape_mismatch,
       "2; expected positive_weight 3"},
      {"sigmoid_cross_entropy",
       {real({2, 3}), real({2, 3}), real({3}), real({2})},
       {},
       shape_mismatch,
       "2; expected weight 2x3 or 3"},
      {"mse_loss", {real({2, 3}), real({2, 4})}, {}, shape_mismatch, "2x4; expected target 2x3"},
      {"softmax_cross_entropy",
       {real({2, 3}), {i32, {3}}},
       {},
       shape_mismatch,
       "3; expected target 2"},
      {"softmax_cross_entropy",
       {real({2, 3}), real({2})},
       {},
       invalid_argument,
       "f32; expected target of type i32"},
      {"softmax_cross_entropy",
       {real({2, 3}), {i32, {2}}},
       {{"reduction", "avg"}},
       invalid_argument,
       "one of none, mean, sum"},
      {"softmax_cross_entropy",
       {real({2, 3}), {i32, {2}}},
       {{"label_smoothing", 2}},
       invalid_argument,
       "0 to 1"},
      {"mul", {x, real({2, 8, 1, 3})}, {}, shape_mismatch, "expected scale 2x8x8x3, 2x1x1x3, 2x3"},
      {"mul",
       {x, real({3}), x, real({2, 1, 1, 3})},
       {},
       shape_mismatch,
       "3; expected scale 2x1x1x3 beside a spread"},
      {"prelu", {x, real({2})}, {}, shape_mismatch, "2; expected weight 3 or 1"},
      {"concat", {x}, {}, invalid_argument, "1 inputs; expected 2 to 32"},
      {"concat", {}, {}, invalid_argument, "no input xs[0]"},
      {"concat", {x, x, real({2, 8, 7, 3})}, {}, shape_mismatch, "expected xs[2] 2x8x8x3"},
      {"concat", std::vector<ValueType>(33, x), {}, invalid_argument, "33 inputs; expected 2 to"},
      {"slice_channels",
       {x},
       {{"begin", 1}, {"end", 4}},
       invalid_argument,
       "channels 1 to 4; expected 0 <= begin < end <= 3"},
      {"global_avg_pool", {real({2, 3})}, {}, shape_mismatch, "x [N, ..., C]"},
      {"flatten_grad",
       {real({2, 12})},
       {{"input_shape", Ints{2, 3, 5}}},
       shape_mismatch,
       "2x12; expected dy 2x15"},
      {"conv_grad_input",
       {real({2, 6, 6, 4}), w},
       {{"input_shape", Ints{2, 9, 8, 3}}},
       shape_mismatch,
       "2x6x6x4; expected dy 2x7x6x4"},
      {"conv_2d", {x, w}, {}, invalid_argument, "did you mean conv?"},
  };
  for (const Wrong& wrong : cases) {
    Graph g;
    const auto inputs = add_inputs(g, wrong.inputs);
    try {
      append(g, wrong.op, "layer1.0.conv1", inputs, wrong.attributes);
      ADD_FAILURE() << "accepted, but expected: " << wrong.text;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), wrong.code) << error.what();
      EXPECT_NE(std::string(error.what()).find(wrong.text), std::string::npos)
          << error.what() << "\nwanted: " << wrong.text;
      EXPECT_TRUE(g.nodes().empty());
    }
  }
}

TEST(Cost, CountsMultiplyAddsOfEachPass) {
  Graph g;
  const auto in = add_inputs(g, {real({2, 56, 56, 64}), real({64, 64, 3, 3})});
  const auto y = append(g, "conv", "c", in, {{"padding", 1}});
  append(g, "conv_grad_input", "gi", {y[0], in[1]},
         {{"padding", 1}, {"input_shape", Ints{2, 56, 56, 64}}});
  append(g, "conv_grad_weight", "gw", {in[0], y[0]},
         {{"padding", 1}, {"weight_shape", Ints{64, 64, 3, 3}}});
  for (const Node& node : g.nodes())
    EXPECT_EQ(cost(g, node).macs, 2ll * 56 * 56 * 64 * 64 * 9) << node.op;
  EXPECT_EQ(cost(g, g.nodes()[0]).bytes, 4ll * (2 * 2 * 56 * 56 * 64 + 64 * 64 * 9));
  Graph l;
  const auto lin = add_inputs(l, {real({4, 512}), real({10, 512}), real({4, 10})});
  append(l, "linear", "f", {lin[0], lin[1]});
  append(l, "linear_grad_input", "gi", {lin[2], lin[1]});
  append(l, "linear_grad_weight", "gw", {lin[0], lin[2]});
  for (const Node& node : l.nodes()) EXPECT_EQ(cost(l, node).macs, 4 * 512 * 10) << node.op;
}

TEST(Check, FindsNodesThatTheirOpWouldNotMake) {
  const auto refuses = [](std::string text, const std::string& from, const std::string& to) {
    check(parse(text));
    text.replace(text.find(from), from.size(), to);
    EXPECT_THROW(check(parse(text)), Error) << text;
  };
  Graph g;
  const auto in = add_inputs(g, {real({1, 8, 8, 4}), real({4, 4, 3, 3})});
  append(g, "conv", "c", in);
  const std::string text = print(g);
  refuses(text, "(c f32[1,6,6,4])", "(c f32[1,6,6,5])");
  refuses(text, "(c f32[1,6,6,4])", "(c f64[1,6,6,4])");
  refuses(text, "(c f32[1,6,6,4])", "(c f32[1,6,6,4], d f32[1])");
  refuses(text, "groups=1", "groups=2");
  refuses(text, "groups=1, ", "");
  refuses(text, "groups=1", "grousp=1");
  refuses(text, "stride=[1,1]", "stride=[1]");
  refuses(text, "stride=[1,1]", "stride=1.0");
  refuses(text, "node conv", "node conv9d");
  refuses(text, "(in0, in1, _, _)", "(in0, in1)");
  refuses(text, "(in0, in1, _, _)", "(_, in1, _, _)");
}

}  // namespace
}  // namespace noyau::ops
