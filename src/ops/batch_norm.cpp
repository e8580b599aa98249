#include "ops/defs.hpp"
#include "ops/detail.hpp"

namespace noyau::ops::defs {
namespace {

enum Input : std::size_t { kX, kWeight, kBias, kMean, kVariance, kResidual };

void expect_activations(const Graph& graph, const Node& node, std::size_t i) {
  expect_real(graph, node, i);
  if (input_shape(graph, node, i).rank() < 2)
    mismatch(node, to_string(input_shape(graph, node, i)), "[N, ..., C]");
}

void expect_numbers(const Node& node) {
  const auto eps = node.get<double>("eps");
  if (!(eps >= 0 && eps < 1)) invalid(node, "eps " + std::to_string(eps), "0 to 1");
  expect_choice(node, "activation", {"none", "relu", "relu6"});
  if (!node.has("momentum")) return;
  const auto momentum = node.get<double>("momentum");
  if (!(momentum >= 0 && momentum <= 1))
    invalid(node, "momentum " + std::to_string(momentum), "0 to 1");
}

std::vector<ValueType> infer(const Graph& graph, const Node& node) {
  expect_activations(graph, node, kX);
  expect_numbers(node);
  const ValueType x = input_type(graph, node, kX);
  for (const auto i : {kWeight, kBias, kMean, kVariance})
    expect_channels(graph, node, i, x.shape[-1]);
  if (given(node, kResidual)) expect_type(graph, node, kResidual, x);
  if (!node.get<bool>("training")) return {x};
  for (const auto i : {kMean, kVariance}) expect_state(graph, node, i);
  const ValueType statistics{x.dtype, Shape{x.shape[-1]}};
  return {x, statistics, statistics, statistics};
}

std::vector<ValueType> infer_apply(const Graph& graph, const Node& node) {
  expect_activations(graph, node, 0);
  expect_choice(node, "activation", {"none", "relu", "relu6"});
  const ValueType x = input_type(graph, node, 0);
  for (const std::size_t i : {1, 2, 3}) expect_channels(graph, node, i, x.shape[-1]);
  if (given(node, 4)) expect_type(graph, node, 4, x);
  return {x};
}

std::vector<ValueType> infer_statistics(const Graph& graph, const Node& node) {
  expect_activations(graph, node, 0);
  const ValueType x = input_type(graph, node, 0);
  for (const std::size_t i : {1, 2, 3}) expect_channels(graph, node, i, x.shape[-1]);
  for (const std::size_t i : {2, 3}) expect_state(graph, node, i);
  const ValueType statistics{x.dtype, Shape{x.shape[-1]}};
  return {statistics, statistics, statistics};
}

// Inputs "mean inv_std x weight? running_mean running_var".
std::vector<ValueType> infer_join(const Graph& graph, const Node& node) {
  expect_activations(graph, node, 2);
  const ValueType x = input_type(graph, node, 2);
  expect_rank(graph, node, 0, 1, "[channels]");
  const std::int64_t before = input_shape(graph, node, 0)[0], channels = before + x.shape[-1];
  expect_channels(graph, node, 1, before, 2);
  for (const std::size_t i : {3, 4, 5}) expect_channels(graph, node, i, channels, 2);
  for (const std::size_t i : {4, 5}) expect_state(graph, node, i);
  const ValueType statistics{x.dtype, Shape{channels}};
  return {statistics, statistics, statistics};
}

// Inputs "g x weight? mean inv_std dweight dbias residual?".
std::vector<ValueType> infer_grad_input(const Graph& graph, const Node& node) {
  expect_activations(graph, node, 1);
  const ValueType x = input_type(graph, node, 1);
  expect_type(graph, node, 0, x);
  for (const std::size_t i : {2, 3, 4, 5, 6}) expect_channels(graph, node, i, x.shape[-1], 1);
  const auto begin = node.get<std::int64_t>("residual_begin");
  if (!given(node, 7)) return {x};
  const std::int64_t width = input_shape(graph, node, 7)[-1];
  Ints extents = to_ints(x.shape);
  extents.back() = width;
  expect_type(graph, node, 7, {x.dtype, Shape(extents)});
  if (begin < 0 || begin + x.shape[-1] > width)
    invalid(node, "residual_begin " + std::to_string(begin),
            "0 to " + std::to_string(width - x.shape[-1]));
  return {x};
}

// Inputs "dy x weight? mean inv_std y? bias?". Without y the activation is undone from x.
std::vector<ValueType> infer_grad(const Graph& graph, const Node& node) {
  expect_activations(graph, node, 1);
  expect_numbers(node);
  const ValueType x = input_type(graph, node, 1);
  expect_type(graph, node, 0, x);
  for (const std::size_t i : {2, 3, 4}) expect_channels(graph, node, i, x.shape[-1], 1);
  if ((given(node, 5) || given(node, 6)) && !has_activation(node))
    invalid(node, given(node, 5) ? "an input y" : "an input bias", "one only with an activation");
  if (given(node, 5) && given(node, 6))
    invalid(node, "both y and bias", "y, or the bias that makes it from x");
  if (given(node, 5)) expect_type(graph, node, 5, x);
  if (given(node, 6)) expect_channels(graph, node, 6, x.shape[-1]);
  const ValueType per_channel{x.dtype, Shape{x.shape[-1]}};
  if (node.get<bool>("residual")) return {x, per_channel, per_channel, x};
  return {x, per_channel, per_channel};
}

std::vector<ValueId> vjp(VjpArgs& args) {
  const Node& node = args.node;
  const bool training = node.get<bool>("training"), activated = has_activation(node);
  // Without an activation the residual's cotangent is dy itself.
  const bool masked_residual = activated && given(node, kResidual) && args.wants[kResidual];
  const auto outputs = append(
      args.graph, "batch_norm_grad", node.name + ".grad",
      {args.cotangents[0], node.inputs[kX], node.inputs[kWeight],
       training ? node.outputs[1] : node.inputs[kMean],
       training ? node.outputs[2] : node.inputs[kVariance], activated ? node.outputs[0] : kNoValue},
      attributes_without(node, {"momentum"}, {{"residual", masked_residual}}));
  std::vector<ValueId> result(node.inputs.size(), kNoValue);
  for (const auto i : {kX, kWeight, kBias})
    if (args.wants[i]) result[i] = outputs[i];
  if (args.wants[kResidual]) result[kResidual] = masked_residual ? outputs[3] : args.cotangents[0];
  return result;
}

std::vector<OpSample> samples() {
  const ValueType channels = real({3}), x = real({4, 3, 2, 3});
  return {
      {{x, channels, channels, channels, channels}, {{"training", true}}},
      {{x, absent(), absent(), channels, channels}, {{"training", true}, {"activation", "relu"}}},
      {{x, channels, channels, channels, channels, x},
       {{"training", true}, {"activation", "relu"}, {"eps", 1e-3}}},
      {{x, channels, channels, channels, channels, x}, {{"training", true}}},
      {{x, channels, channels, channels, channels}, {{"activation", "relu"}}},
      {{x, channels, channels, channels, channels}, {{"training", true}, {"activation", "relu6"}}},
      {{real({5, 3}), channels, absent(), channels, channels}, {}},
  };
}

std::vector<OpSample> grad_samples() {
  const ValueType channels = real({3}), x = real({4, 3, 2, 3});
  return {{{x, x, channels, channels, channels}, {{"training", true}}},
          {{x, x, absent(), channels, channels, x},
           {{"activation", "relu"}, {"residual", true}, {"training", true}}},
          {{x, x, channels, channels, channels, absent(), channels},
           {{"activation", "relu6"}, {"training", true}}}};
}

std::vector<OpSample> apply_samples() {
  const ValueType channels = real({3}), x = real({4, 3, 2, 3});
  return {{{x, channels, channels, channels}, {{"activation", "relu"}}},
          {{x, channels, channels}, {{"activation", "relu6"}}},
          {{x, channels, channels, absent(), x}, {{"activation", "relu"}}},
          {{real({5, 3}), channels, channels, channels}, {}}};
}

std::vector<OpSample> statistics_samples() {
  const ValueType channels = real({3});
  return {{{real({4, 3, 2, 3}), channels, channels, channels}, {}},
          {{real({4, 3, 2, 3}), absent(), channels, channels}, {{"momentum", 0.3}}}};
}

std::vector<OpSample> grad_input_samples() {
  const ValueType channels = real({3}), x = real({4, 3, 2, 3});
  return {{{x, x, channels, channels, channels, channels, channels}, {}},
          {{x, x, absent(), channels, channels, channels, channels, x}, {}},
          {{x, x, absent(), channels, channels, channels, channels, real({4, 3, 2, 7})},
           {{"residual_begin", 2}}}};
}

std::vector<OpSample> join_samples() {
  return {{{real({2}), real({2}), real({4, 3, 2, 3}), real({5}), real({5}), real({5})}, {}}};
}

std::vector<ir::AttributeDef> attributes(ir::AttributeDef own) {
  return {std::move(own),
          {.name = "eps", .fallback = 1e-5},
          {.name = "training", .fallback = false},
          {.name = "activation", .fallback = std::string("none")}};
}

}  // namespace

OpDef batch_norm() {
  return {.name = "batch_norm",
          .summary =
              "Normalises each channel (Ioffe and Szegedy 2015), scales, shifts, adds a residual.",
          .inputs = "x weight? bias? running_mean running_var residual?",
          .attributes = attributes({.name = "momentum", .fallback = 0.1}),
          .infer = infer,
          .vjp = vjp,
          .cost = bytes_cost,
          .samples = samples,
          .mutated_inputs = [](const Node& node) {
            return node.get<bool>("training") ? std::vector<int>{int(kMean), int(kVariance)}
                                              : std::vector<int>{};
          }};
}

OpDef batch_norm_grad() {
  return {.name = "batch_norm_grad",
          .summary = "The cotangents of batch_norm's x, weight, bias and, where asked, residual.",
          .inputs = "dy x weight? mean inv_std y? bias?",
          .attributes = attributes({.name = "residual", .fallback = false}),
          .infer = infer_grad,
          .cost = bytes_cost,
          .samples = grad_samples};
}

OpDef batch_norm_statistics() {
  return {.name = "batch_norm_statistics",
          .summary = "The first half of a training batch_norm: mean, inv_std and scale.",
          .inputs = "x weight? running_mean running_var",
          .attributes = {{.name = "momentum", .fallback = 0.1}, {.name = "eps", .fallback = 1e-5}},
          .infer = infer_statistics,
          .cost = bytes_cost,
          .samples = statistics_samples,
          .mutated_inputs = [](const Node&) {
            return std::vector<int>{2, 3};
          }};
}

OpDef batch_norm_statistics_join() {
  return {.name = "batch_norm_statistics_join",
          .summary =
              "batch_norm_statistics of a concatenation: of the first channels it is known "
              "already, x holds the others.",
          .inputs = "mean inv_std x weight? running_mean running_var",
          .attributes = {{.name = "momentum", .fallback = 0.1}, {.name = "eps", .fallback = 1e-5}},
          .infer = infer_join,
          .cost = bytes_cost,
          .samples = join_samples,
          .mutated_inputs = [](const Node&) {
            return std::vector<int>{4, 5};
          }};
}

OpDef batch_norm_grad_input() {
  return {.name = "batch_norm_grad_input",
          .summary =
              "The second half of a training batch_norm_grad: the cotangent of x from g, the "
              "masked dy, and its sums.",
          .inputs = "g x weight? mean inv_std dweight dbias residual?",
          .attributes = {{.name = "residual_begin", .fallback = std::int64_t{0}}},
          .infer = infer_grad_input,
          .cost = bytes_cost,
          .samples = grad_input_samples};
}

OpDef batch_norm_apply() {
  return {.name = "batch_norm_apply",
          .summary = "The output of a training batch_norm from its x and what it saved.",
          .inputs = "x mean scale bias? residual?",
          .attributes = {{.name = "activation", .fallback = std::string("none")}},
          .infer = infer_apply,
          .cost = bytes_cost,
          .samples = apply_samples};
}

}  // namespace noyau::ops::defs
