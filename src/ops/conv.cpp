#include "ops/conv.hpp"

#include "ops/defs.hpp"
#include "ops/window.hpp"

namespace noyau::ops {
namespace {

constexpr std::string_view kWeights = "[O, I / groups, kernel...]";

// The residual has the type of the output. Convolutions of groups take none.
void expect_residual(const Graph& graph, const Node& node, const ValueType& output) {
  if (!given(node, 3)) return;
  if (node.get<std::int64_t>("groups") != 1) invalid(node, "a residual", "none where groups > 1");
  expect_type(graph, node, 3, output);
}

}  // namespace

std::vector<ir::AttributeDef> conv_attributes(std::vector<ir::AttributeDef> own) {
  for (auto& a : window_attributes(true)) own.push_back(std::move(a));
  own.push_back({.name = "groups", .fallback = std::int64_t{1}});
  return own;
}

Shape conv_output_shape(const Node& node, const Shape& x, const Shape& weight) {
  const auto groups = node.get<std::int64_t>("groups");
  if (groups < 1 || weight[0] % groups != 0)
    invalid(node, "groups " + std::to_string(groups),
            "a divisor of " + std::to_string(weight[0]) + " output channels");
  if (x[-1] != weight[1] * groups)
    mismatch(node, std::to_string(x[-1]), std::to_string(weight[1] * groups) + " input channels");
  return activation_shape(x[0], slide(node, window(node, kernel_of(weight)), x), weight[0]);
}

ValueType infer_conv(const Graph& graph, const Node& node) {
  expect_activations(graph, node, 0);
  expect_rank(graph, node, 1, input_shape(graph, node, 0).rank(), kWeights);
  expect_real(graph, node, 0);
  const DType dtype = input_type(graph, node, 0).dtype;
  const Shape& weight = input_shape(graph, node, 1);
  expect_type(graph, node, 1, {dtype, weight});
  expect_channels(graph, node, 2, weight[0]);
  const ValueType y{dtype, conv_output_shape(node, input_shape(graph, node, 0), weight)};
  expect_residual(graph, node, y);
  return y;
}

ValueType infer_conv_grad_input(const Graph& graph, const Node& node) {
  expect_activations(graph, node, 0);
  const int rank = input_shape(graph, node, 0).rank();
  expect_rank(graph, node, 1, rank, kWeights);
  expect_real(graph, node, 0);
  const DType dtype = input_type(graph, node, 0).dtype;
  const Shape x = shape_attribute(node, "input_shape", rank);
  const Shape& weight = input_shape(graph, node, 1);
  expect_type(graph, node, 1, {dtype, weight});
  expect_type(graph, node, 0, {dtype, conv_output_shape(node, x, weight)});
  expect_channels(graph, node, 2, x[-1]);
  expect_residual(graph, node, {dtype, x});
  return {dtype, x};
}

Cost conv_cost(const Graph& graph, const Node& node, const Shape& weight, const Shape& y) {
  Cost cost = bytes_cost(graph, node);
  cost.macs = y.elements() * (weight[0] == 0 ? 0 : weight.elements() / weight[0]);
  return cost;
}

}  // namespace noyau::ops

namespace noyau::ops::defs {
namespace {

std::vector<ValueType> infer(const Graph& graph, const Node& node) {
  expect_choice(node, "activation", {"none", "relu", "relu6"});
  return {infer_conv(graph, node)};
}

std::vector<ValueType> infer_grad_input(const Graph& graph, const Node& node) {
  return {infer_conv_grad_input(graph, node)};
}

// Inputs "x dy mean? scale? bias?": with them x is first what batch_norm_apply makes of it.
enum NormInput : std::size_t { kMean = 2, kScale, kBias };

std::vector<ValueType> infer_grad_weight(const Graph& graph, const Node& node) {
  expect_activations(graph, node, 0);
  const int rank = input_shape(graph, node, 0).rank();
  expect_rank(graph, node, 1, rank, "[N, spatial..., O]");
  expect_real(graph, node, 0);
  const DType dtype = input_type(graph, node, 0).dtype;
  const Shape weight = shape_attribute(node, "weight_shape", rank);
  expect_type(graph, node, 1,
              {dtype, conv_output_shape(node, input_shape(graph, node, 0), weight)});
  if (given(node, kMean) != given(node, kScale) || (given(node, kBias) && !given(node, kMean)))
    invalid(node, "some of mean, scale and bias", "mean and scale, or none");
  for (const auto i : {kMean, kScale, kBias})
    expect_channels(graph, node, i, input_shape(graph, node, 0)[-1]);
  expect_choice(node, "input_activation", {"none", "relu", "relu6"});
  return {{dtype, weight}};
}

std::vector<ValueId> vjp(VjpArgs& args) {
  const Node& node = args.node;
  const ValueId dy = before_activation(args);
  std::vector<ValueId> result(node.inputs.size(), kNoValue);
  // The weights' first: it reads x, which may then make room for the gradient of x.
  if (args.wants[1])
    result[1] = append_one(
        args.graph, "conv_grad_weight", node.name + ".grad_weight", {node.inputs[0], dy},
        attributes_without(node, {"activation"},
                           {{"weight_shape", to_ints(input_shape(args.graph, node, 1))}}));
  if (args.wants[0])
    result[0] = append_one(
        args.graph, "conv_grad_input", node.name + ".grad_input", {dy, node.inputs[1]},
        attributes_without(node, {"activation"},
                           {{"input_shape", to_ints(input_shape(args.graph, node, 0))}}));
  if (args.wants[2]) result[2] = append_one(args.graph, "sum_rows", node.name + ".grad_bias", {dy});
  if (args.wants.size() > 3 && args.wants[3]) result[3] = dy;
  return result;
}

std::vector<OpSample> samples() {
  return {
      {{real({2, 5, 6, 3}), real({4, 3, 3, 3}), real({4})}, {{"padding", 1}}},
      {{real({1, 7, 5, 4}), real({6, 2, 3, 2})},
       {{"stride", Ints{2, 1}}, {"groups", 2}, {"padding", Ints{1, 0, 0, 2}}}},
      {{real({2, 7, 7, 2}), real({2, 1, 3, 3}), real({2})},
       {{"groups", 2}, {"dilation", 2}, {"activation", "relu"}, {"padding", Ints{2}}}},
      {{real({2, 3, 3, 5}), real({3, 5, 1, 1})}, {{"stride", 2}}},
      {{real({2, 4, 3, 5}), real({3, 5, 1, 1}), real({3}), real({2, 4, 3, 3})},
       {{"activation", "relu"}}},
      {{real({2, 5, 4, 2}), real({3, 2, 3, 3}), absent(), real({2, 3, 2, 3})}, {}},
      {{real({2, 9, 3}), real({4, 3, 3}), real({4})}, {{"stride", 2}, {"padding", 1}}},
      {{real({1, 4, 5, 3, 2}), real({3, 2, 3, 3, 1})},
       {{"padding", Ints{1, 1, 0}}, {"stride", Ints{1, 2, 1}}}},
      {{real({2, 3, 4, 5, 2}), real({2, 1, 3, 1, 3})},
       {{"groups", 2}, {"padding", 1}, {"dilation", Ints{1, 1, 2}}}},
  };
}

std::vector<OpSample> grad_input_samples() {
  return {{{real({2, 3, 2, 4}), real({4, 3, 3, 3})},
           {{"input_shape", Ints{2, 5, 4, 3}}, {"stride", 2}, {"padding", 1}}},
          {{real({2, 3, 2, 4}), real({4, 3, 3, 3}), real({3}), real({2, 5, 4, 3})},
           {{"input_shape", Ints{2, 5, 4, 3}}, {"stride", 2}, {"padding", 1}}}};
}

std::vector<OpSample> grad_weight_samples() {
  return {{{real({2, 5, 4, 3}), real({2, 3, 2, 4})},
           {{"weight_shape", Ints{4, 3, 3, 3}}, {"stride", 2}, {"padding", 1}}},
          {{real({2, 5, 4, 3}), real({2, 5, 4, 3}), real({3}), real({3}), real({3})},
           {{"weight_shape", Ints{3, 1, 3, 3}},
            {"groups", 3},
            {"padding", 1},
            {"input_activation", "relu"}}}};
}

}  // namespace

OpDef conv() {
  return {.name = "conv",
          .summary =
              "Cross-correlates x [N,...,C] with weight [O,C/groups,...], adds bias and residual.",
          .inputs = "x weight bias? residual?",
          .attributes = conv_attributes({{.name = "activation", .fallback = std::string("none")}}),
          .infer = infer,
          .vjp = vjp,
          .cost =
              [](const Graph& g, const Node& n) {
                return conv_cost(g, n, input_shape(g, n, 1), g.shape(n.outputs[0]));
              },
          .samples = samples};
}

OpDef conv_grad_input() {
  return {.name = "conv_grad_input",
          .summary = "The cotangent of conv's x, plus a bias and a residual.",
          .inputs = "dy weight bias? residual?",
          .attributes =
              conv_attributes({{.name = "input_shape", .fallback = Ints{}, .required = true}}),
          .infer = infer_grad_input,
          .cost =
              [](const Graph& g, const Node& n) {
                return conv_cost(g, n, input_shape(g, n, 1), input_shape(g, n, 0));
              },
          .samples = grad_input_samples};
}

OpDef conv_grad_weight() {
  return {.name = "conv_grad_weight",
          .summary = "The cotangent of conv's weight.",
          .inputs = "x dy mean? scale? bias?",
          .attributes =
              conv_attributes({{.name = "weight_shape", .fallback = Ints{}, .required = true},
                               {.name = "input_activation", .fallback = std::string("none")}}),
          .infer = infer_grad_weight,
          .cost =
              [](const Graph& g, const Node& n) {
                return conv_cost(g, n, g.shape(n.outputs[0]), input_shape(g, n, 1));
              },
          .samples = grad_weight_samples};
}

}  // namespace noyau::ops::defs
