#include "ops/defs.hpp"
#include "ops/detail.hpp"

namespace noyau::ops::defs {
namespace {

ValueType checked_activations(const Graph& graph, const Node& node, std::size_t i) {
  expect_real(graph, node, i);
  const ValueType& x = input_type(graph, node, i);
  if (x.shape.rank() < 2) mismatch(node, to_string(x.shape), input_name(node, i) + " [N, ..., C]");
  for (int axis = 1; axis < x.shape.rank(); ++axis)
    if (x.shape[axis] == 0) mismatch(node, to_string(x.shape), "no empty axis but the first");
  const auto groups = node.get<std::int64_t>("groups");
  if (groups < 1 || x.shape[-1] % groups != 0)
    invalid(node, "groups " + std::to_string(groups),
            "a divisor of " + std::to_string(x.shape[-1]) + " channels");
  const auto eps = node.get<double>("eps");
  if (!(eps >= 0 && eps < 1)) invalid(node, "eps " + std::to_string(eps), "0 to 1");
  return x;
}

// One number per image and group.
ValueType statistics(const Node& node, const ValueType& x) {
  return {x.dtype, Shape{x.shape[0], node.get<std::int64_t>("groups")}};
}

std::vector<ValueType> infer(const Graph& graph, const Node& node) {
  const ValueType x = checked_activations(graph, node, 0);
  for (const std::size_t i : {1, 2}) expect_channels(graph, node, i, x.shape[-1]);
  return {x, statistics(node, x), statistics(node, x)};
}

// Inputs "dy x weight? mean inv_std".
std::vector<ValueType> infer_grad(const Graph& graph, const Node& node) {
  const ValueType x = checked_activations(graph, node, 1);
  expect_type(graph, node, 0, x);
  expect_channels(graph, node, 2, x.shape[-1], 1);
  for (const std::size_t i : {3, 4}) expect_type(graph, node, i, statistics(node, x));
  const ValueType per_channel{x.dtype, Shape{x.shape[-1]}};
  return {x, per_channel, per_channel};
}

std::vector<OpSample> samples() {
  const ValueType x = real({2, 3, 4, 6}), channels = real({6});
  return {{{x, channels, channels}, {{"groups", 2}}},
          {{x, channels, absent()}, {{"groups", 1}, {"eps", 1e-3}}},
          {{x, absent(), channels}, {{"groups", 6}}},
          {{real({3, 6}), channels, channels}, {{"groups", 2}}},
          {{real({1, 2, 3, 2, 6}), channels, channels}, {{"groups", 3}}}};
}

std::vector<OpSample> grad_samples() {
  const ValueType x = real({2, 3, 4, 6});
  return {{{x, x, real({6}), real({2, 3}), real({2, 3})}, {{"groups", 3}}}};
}

std::vector<ir::AttributeDef> attributes() {
  return {{.name = "groups", .fallback = std::int64_t{1}, .required = true},
          {.name = "eps", .fallback = 1e-5}};
}

}  // namespace

OpDef group_norm() {
  return {.name = "group_norm",
          .summary =
              "Normalises groups of channels of each image (Wu and He 2018), scales and "
              "shifts.",
          .inputs = "x weight? bias?",
          .attributes = attributes(),
          .infer = infer,
          .vjp = statistics_norm_vjp,
          .cost = bytes_cost,
          .samples = samples};
}

OpDef group_norm_grad() {
  return {.name = "group_norm_grad",
          .summary = "The cotangents of group_norm's x, weight and bias.",
          .inputs = "dy x weight? mean inv_std",
          .attributes = attributes(),
          .infer = infer_grad,
          .cost = bytes_cost,
          .samples = grad_samples};
}

}  // namespace noyau::ops::defs
