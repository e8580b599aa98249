#include "ops/defs.hpp"
#include "ops/pool.hpp"

namespace noyau::ops::defs {
namespace {

Shape checked_shape(const Node& node, const Shape& x) {
  if (node.get<std::int64_t>("divisor_override") < 0)
    invalid(node, "a negative divisor_override", "0 (none) or more");
  return pool_shape(node, x);
}

std::vector<ValueType> infer(const Graph& graph, const Node& node) {
  expect_activations(graph, node, 0);
  expect_real(graph, node, 0);
  const ValueType& x = input_type(graph, node, 0);
  return {{x.dtype, checked_shape(node, x.shape)}};
}

std::vector<ValueType> infer_grad(const Graph& graph, const Node& node) {
  expect_activations(graph, node, 0);
  expect_real(graph, node, 0);
  const DType dtype = input_type(graph, node, 0).dtype;
  const Shape x = shape_attribute(node, "input_shape", input_shape(graph, node, 0).rank());
  expect_type(graph, node, 0, {dtype, checked_shape(node, x)});
  return {{dtype, x}};
}

std::vector<ValueId> vjp(VjpArgs& args) {
  const Node& node = args.node;
  return {append_one(
      args.graph, "avg_pool_grad", node.name + ".grad", {args.cotangents[0]},
      attributes_without(node, {}, {{"input_shape", to_ints(input_shape(args.graph, node, 0))}}))};
}

std::vector<OpSample> samples() {
  return {{{real({2, 6, 5, 3})}, {{"kernel_size", 2}}},
          {{real({2, 7, 3})}, {{"kernel_size", 3}, {"stride", 2}, {"padding", 1}}},
          {{real({1, 4, 5, 6, 2})}, {{"kernel_size", Ints{2, 3, 3}}, {"stride", Ints{2, 1, 2}}}},
          {{real({1, 7, 7, 2})}, {{"kernel_size", 3}, {"stride", 2}, {"padding", 1}}},
          {{real({1, 7, 6, 2})},
           {{"kernel_size", 3}, {"stride", 2}, {"padding", 1}, {"count_include_pad", false}}},
          {{real({1, 6, 8, 2})}, {{"kernel_size", 3}, {"stride", 2}, {"ceil_mode", true}}},
          {{real({1, 5, 5, 2})}, {{"kernel_size", 2}, {"divisor_override", 3}}}};
}

std::vector<OpSample> grad_samples() {
  return {{{real({2, 3, 2, 3})}, {{"kernel_size", 2}, {"input_shape", Ints{2, 6, 5, 3}}}}};
}

std::vector<ir::AttributeDef> attributes(std::vector<ir::AttributeDef> own) {
  own.push_back({.name = "count_include_pad", .fallback = true});
  own.push_back({.name = "divisor_override", .fallback = std::int64_t{0}});
  return pool_attributes(std::move(own), false);
}

}  // namespace

OpDef avg_pool() {
  return {.name = "avg_pool",
          .summary = "The mean of each window.",
          .inputs = "x",
          .attributes = attributes({}),
          .complete = complete_pool,
          .infer = infer,
          .vjp = vjp,
          .cost = bytes_cost,
          .samples = samples};
}

OpDef avg_pool_grad() {
  return {.name = "avg_pool_grad",
          .summary = "The cotangent of avg_pool's x.",
          .inputs = "dy",
          .attributes = attributes({{.name = "input_shape", .fallback = Ints{}, .required = true}}),
          .complete = complete_pool,
          .infer = infer_grad,
          .cost = bytes_cost,
          .samples = grad_samples};
}

}  // namespace noyau::ops::defs
