// Convolutions that take over the batch norms around them. The passes make them; nobody
// differentiates them.

#include "ops/conv.hpp"
#include "ops/defs.hpp"

namespace noyau::ops::defs {
namespace {

enum Input : std::size_t { kMean = 4, kScale, kShift, kNormWeight, kRunningMean, kRunningVar };

std::vector<ValueType> infer(const Graph& graph, const Node& node) {
  const ValueType y = infer_conv(graph, node);
  const Shape& x = input_shape(graph, node, 0);
  expect_choice(node, "activation", {"none", "relu", "relu6"});
  expect_choice(node, "input_activation", {"none", "relu", "relu6"});
  if (given(node, kMean) != given(node, kScale) || (given(node, kShift) && !given(node, kMean)))
    invalid(node, "some of mean, scale and shift", "mean and scale, or none");
  for (const auto i : {kMean, kScale, kShift}) expect_channels(graph, node, i, x[-1]);
  for (const auto i : {kNormWeight, kRunningMean, kRunningVar})
    expect_channels(graph, node, i, y.shape[-1]);
  if (!node.get<bool>("statistics")) return {y};
  if (has_activation(node)) invalid(node, "an activation", "none ahead of statistics");
  for (const auto i : {kRunningMean, kRunningVar}) expect_state(graph, node, i);
  const ValueType statistics{y.dtype, Shape{y.shape[-1]}};
  return {y, statistics, statistics, statistics};
}

enum GradInput : std::size_t { kNormX = 4, kGradMean, kInvStd, kGradScale, kGradShift, kNormY };

std::vector<ValueType> infer_grad_input(const Graph& graph, const Node& node) {
  const ValueType dx = infer_conv_grad_input(graph, node);
  expect_choice(node, "norm_activation", {"none", "relu", "relu6"});
  expect_type(graph, node, kNormX, dx);
  for (const auto i : {kGradMean, kInvStd, kGradScale, kGradShift})
    expect_channels(graph, node, i, dx.shape[-1]);
  if (given(node, kNormY)) expect_type(graph, node, kNormY, dx);
  const ValueType per_channel{dx.dtype, Shape{dx.shape[-1]}};
  return {dx, per_channel, per_channel};
}

std::vector<OpSample> samples() {
  const ValueType three = real({3}), four = real({4});
  return {{{real({2, 5, 6, 3}), real({4, 3, 3, 3}), absent(), absent(), three, three, three},
           {{"padding", 1}, {"input_activation", "relu"}}},
          {{real({2, 5, 6, 3}), real({4, 3, 3, 3}), absent(), absent(), absent(), absent(),
            absent(), four, four, four},
           {{"statistics", true}}}};
}

std::vector<OpSample> grad_input_samples() {
  const ValueType three = real({3}), x = real({2, 5, 4, 3});
  return {{{real({2, 3, 2, 4}), real({4, 3, 3, 3}), absent(), x, x, three, three, three, three},
           {{"input_shape", Ints{2, 5, 4, 3}},
            {"stride", 2},
            {"padding", 1},
            {"norm_activation", "relu6"}}},
          {{real({2, 5, 4, 3}), real({3, 1, 3, 3}), absent(), absent(), x, three, three, three,
            absent(), x},
           {{"input_shape", Ints{2, 5, 4, 3}},
            {"padding", 1},
            {"groups", 3},
            {"norm_activation", "relu"}}}};
}

}  // namespace

OpDef conv_norm() {
  return {
      .name = "conv_norm",
      .summary =
          "conv whose x is first normalised as by batch_norm_apply, or that also does "
          "batch_norm_statistics of y.",
      .inputs =
          "x weight bias? residual? mean? scale? shift? norm_weight? running_mean? running_var?",
      .attributes = conv_attributes({{.name = "activation", .fallback = std::string("none")},
                                     {.name = "input_activation", .fallback = std::string("none")},
                                     {.name = "statistics", .fallback = false},
                                     {.name = "eps", .fallback = 1e-5},
                                     {.name = "momentum", .fallback = 0.1}}),
      .infer = infer,
      .cost =
          [](const Graph& g, const Node& n) {
            return conv_cost(g, n, input_shape(g, n, 1), g.shape(n.outputs[0]));
          },
      .samples = samples,
      .mutated_inputs =
          [](const Node& node) {
            return node.get<bool>("statistics")
                       ? std::vector<int>{int(kRunningMean), int(kRunningVar)}
                       : std::vector<int>{};
          }};
}

OpDef conv_grad_input_norm() {
  return {
      .name = "conv_grad_input_norm",
      .summary =
          "conv_grad_input followed by the activation's mask of a batch_norm and by the sums of "
          "its "
          "gradient: the masked dx, dweight and dbias.",
      .inputs =
          "dy weight bias? residual? norm_x norm_mean norm_inv_std norm_scale norm_shift? norm_y?",
      .attributes = conv_attributes({{.name = "input_shape", .fallback = Ints{}, .required = true},
                                     {.name = "norm_activation", .fallback = std::string("none")}}),
      .infer = infer_grad_input,
      .cost =
          [](const Graph& g, const Node& n) {
            return conv_cost(g, n, input_shape(g, n, 1), input_shape(g, n, 0));
          },
      .samples = grad_input_samples};
}

}  // namespace noyau::ops::defs
