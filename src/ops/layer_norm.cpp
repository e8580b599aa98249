#include "ops/defs.hpp"
#include "ops/detail.hpp"

namespace noyau::ops::defs {
namespace {

bool over_channels(const Node& node) { return node.get<std::string>("axes") == "channels"; }

void expect_numbers(const Node& node) {
  expect_choice(node, "axes", {"channels", "all"});
  const auto eps = node.get<double>("eps");
  if (!(eps >= 0 && eps < 1)) invalid(node, "eps " + std::to_string(eps), "0 to 1");
}

ValueType checked_activations(const Graph& graph, const Node& node, std::size_t i) {
  expect_real(graph, node, i);
  const ValueType& x = input_type(graph, node, i);
  if (x.shape.rank() < 2) mismatch(node, to_string(x.shape), input_name(node, i) + " [N, ..., C]");
  for (int axis = 1; axis < x.shape.rank(); ++axis)
    if (x.shape[axis] == 0) mismatch(node, to_string(x.shape), "no empty axis but the first");
  return x;
}

// [C] for axes "channels", else PyTorch's [C, spatial...].
Shape weight_shape(const Node& node, const Shape& x) {
  Ints extents{x[-1]};
  for (int axis = 1; !over_channels(node) && axis < x.rank() - 1; ++axis)
    extents.push_back(x[axis]);
  return Shape(extents);
}

// One number per normalised row.
Shape statistics_shape(const Node& node, const Shape& x) {
  Ints extents{x[0]};
  for (int axis = 1; over_channels(node) && axis < x.rank() - 1; ++axis) extents.push_back(x[axis]);
  return Shape(extents);
}

std::vector<ValueType> infer(const Graph& graph, const Node& node) {
  const ValueType x = checked_activations(graph, node, 0);
  expect_numbers(node);
  for (const std::size_t i : {1, 2})
    if (given(node, i)) expect_type(graph, node, i, {x.dtype, weight_shape(node, x.shape)});
  const ValueType statistics{x.dtype, statistics_shape(node, x.shape)};
  return {x, statistics, statistics};
}

// Inputs "dy x weight? mean inv_std".
std::vector<ValueType> infer_grad(const Graph& graph, const Node& node) {
  const ValueType x = checked_activations(graph, node, 1);
  expect_numbers(node);
  expect_type(graph, node, 0, x);
  const ValueType weight{x.dtype, weight_shape(node, x.shape)};
  if (given(node, 2)) expect_type(graph, node, 2, weight);
  for (const std::size_t i : {3, 4})
    expect_type(graph, node, i, {x.dtype, statistics_shape(node, x.shape)});
  return {x, weight, weight};
}

std::vector<OpSample> samples() {
  const ValueType x = real({2, 3, 4, 5}), channels = real({5}), all = real({5, 3, 4});
  return {{{x, channels, channels}, {}},
          {{x, all, all}, {{"axes", "all"}}},
          {{x, all, absent()}, {{"axes", "all"}, {"eps", 1e-3}}},
          {{real({3, 5}), channels, channels}, {{"axes", "all"}}},
          {{real({2, 2, 3, 2, 5}), absent(), channels}, {}},
          {{real({4, 7}), absent(), absent()}, {}}};
}

std::vector<OpSample> grad_samples() {
  const ValueType x = real({2, 3, 4, 5});
  return {{{x, x, real({5}), real({2, 3, 4}), real({2, 3, 4})}, {}},
          {{x, x, real({5, 3, 4}), real({2}), real({2})}, {{"axes", "all"}}}};
}

std::vector<ir::AttributeDef> attributes() {
  return {{.name = "axes", .fallback = std::string("channels")}, {.name = "eps", .fallback = 1e-5}};
}

}  // namespace

OpDef layer_norm() {
  return {.name = "layer_norm",
          .summary =
              "Normalises the channels of each position, or all of each image (Ba et al. "
              "2016), scales and shifts.",
          .inputs = "x weight? bias?",
          .attributes = attributes(),
          .infer = infer,
          .vjp = statistics_norm_vjp,
          .cost = bytes_cost,
          .samples = samples};
}

OpDef layer_norm_grad() {
  return {.name = "layer_norm_grad",
          .summary = "The cotangents of layer_norm's x, weight and bias.",
          .inputs = "dy x weight? mean inv_std",
          .attributes = attributes(),
          .infer = infer_grad,
          .cost = bytes_cost,
          .samples = grad_samples};
}

}  // namespace noyau::ops::defs
