#include <algorithm>

#include "ops/defs.hpp"
#include "ops/window.hpp"

namespace noyau::ops::defs {
namespace {

// The shape of y: windows are as even as whole positions allow, and may overlap.
Shape pooled_shape(const Node& node, const Shape& x) {
  const auto& size = node.get<Ints>("output_size");
  const int axes = x.rank() - 2;
  if (int(size.size()) != axes)
    invalid(node, "output_size of " + std::to_string(size.size()) + " numbers",
            std::to_string(axes) + " numbers");
  if (*std::min_element(size.begin(), size.end()) < 1)
    invalid(node, "an output_size below 1", "1 or more along each axis");
  for (int axis = 1; axis <= axes; ++axis)
    if (x[axis] == 0) mismatch(node, to_string(x), "at least 1 position along each axis");
  return activation_shape(x[0], size, x[-1]);
}

ValueType checked_input(const Graph& graph, const Node& node) {
  expect_real(graph, node, 0);
  expect_activations(graph, node, 0);
  const ValueType& x = input_type(graph, node, 0);
  return {x.dtype, pooled_shape(node, x.shape)};
}

// Checks dy against the shape of x, which it returns as a type.
ValueType checked_cotangent(const Graph& graph, const Node& node) {
  expect_real(graph, node, 0);
  expect_activations(graph, node, 0);
  const ValueType& dy = input_type(graph, node, 0);
  const Shape x = shape_attribute(node, "input_shape", dy.shape.rank());
  expect_type(graph, node, 0, {dy.dtype, pooled_shape(node, x)});
  return {dy.dtype, x};
}

std::vector<ValueType> infer_avg(const Graph& graph, const Node& node) {
  return {checked_input(graph, node)};
}

std::vector<ValueType> infer_max(const Graph& graph, const Node& node) {
  const ValueType y = checked_input(graph, node);
  return {y, {DType::i32, y.shape}};
}

std::vector<ValueType> infer_avg_grad(const Graph& graph, const Node& node) {
  return {checked_cotangent(graph, node)};
}

std::vector<ValueType> infer_max_grad(const Graph& graph, const Node& node) {
  const ValueType x = checked_cotangent(graph, node);
  expect_type(graph, node, 1, {DType::i32, input_shape(graph, node, 0)});
  return {x};
}

ValueId append_grad(VjpArgs& args, std::string_view op, std::vector<ValueId> inputs) {
  const Node& node = args.node;
  return append_one(
      args.graph, op, node.name + ".grad", std::move(inputs),
      attributes_without(node, {}, {{"input_shape", to_ints(input_shape(args.graph, node, 0))}}));
}

std::vector<ValueId> vjp_avg(VjpArgs& args) {
  return {append_grad(args, "adaptive_avg_pool_grad", {args.cotangents[0]})};
}

std::vector<ValueId> vjp_max(VjpArgs& args) {
  return {append_grad(args, "adaptive_max_pool_grad", {args.cotangents[0], args.node.outputs[1]})};
}

std::vector<OpSample> samples() {
  return {{{real({2, 7, 5, 3})}, {{"output_size", Ints{2, 3}}}},
          {{real({1, 4, 6, 2})}, {{"output_size", 1}}},
          {{real({1, 3, 5, 2})}, {{"output_size", Ints{7, 4}}}},
          {{real({2, 9, 2})}, {{"output_size", 4}}},
          {{real({1, 3, 4, 5, 2})}, {{"output_size", Ints{2, 3, 3}}}}};
}

std::vector<ir::AttributeDef> attributes() {
  return {{.name = "output_size", .fallback = Ints{}, .required = true, .per_axis = 1}};
}

std::vector<ir::AttributeDef> grad_attributes() {
  auto list = attributes();
  list.push_back({.name = "input_shape", .fallback = Ints{}, .required = true});
  return list;
}

Attributes grad_sample() {
  return {{"output_size", Ints{2, 3}}, {"input_shape", Ints{2, 7, 5, 3}}};
}

}  // namespace

OpDef adaptive_avg_pool() {
  return {.name = "adaptive_avg_pool",
          .summary = "The mean of each of output_size windows that cover the input evenly.",
          .inputs = "x",
          .attributes = attributes(),
          .infer = infer_avg,
          .vjp = vjp_avg,
          .cost = bytes_cost,
          .samples = samples};
}

OpDef adaptive_avg_pool_grad() {
  return {.name = "adaptive_avg_pool_grad",
          .summary = "The cotangent of adaptive_avg_pool's x.",
          .inputs = "dy",
          .attributes = grad_attributes(),
          .infer = infer_avg_grad,
          .cost = bytes_cost,
          .samples = [] {
            return std::vector<OpSample>{{{real({2, 2, 3, 3})}, grad_sample()}};
          }};
}

OpDef adaptive_max_pool() {
  return {.name = "adaptive_max_pool",
          .summary =
              "The maximum of each of output_size windows that cover the input evenly, and "
              "which position of the window it was.",
          .inputs = "x",
          .attributes = attributes(),
          .infer = infer_max,
          .vjp = vjp_max,
          .cost = bytes_cost,
          .samples = samples};
}

OpDef adaptive_max_pool_grad() {
  return {.name = "adaptive_max_pool_grad",
          .summary = "The cotangent of adaptive_max_pool's x: dy at the position of each maximum.",
          .inputs = "dy indices",
          .attributes = grad_attributes(),
          .infer = infer_max_grad,
          .cost = bytes_cost,
          .samples = [] {
            return std::vector<OpSample>{
                {{real({2, 2, 3, 3}), {DType::i32, {2, 2, 3, 3}}}, grad_sample()}};
          }};
}

}  // namespace noyau::ops::defs
