#include "ops/defs.hpp"
#include "ops/pool.hpp"

namespace noyau::ops::defs {
namespace {

// Indices count the taps of a window, so a byte holds them for windows of up to 256 taps.
DType index_dtype(const Node& node) {
  std::int64_t taps = 1;
  for (const std::int64_t extent : node.get<Ints>("kernel_size")) taps *= extent;
  return taps <= 256 ? DType::u8 : DType::i32;
}

std::vector<ValueType> infer(const Graph& graph, const Node& node) {
  expect_activations(graph, node, 0);
  expect_real(graph, node, 0);
  const ValueType& x = input_type(graph, node, 0);
  const Shape y = pool_shape(node, x.shape);
  return {{x.dtype, y}, {index_dtype(node), y}};
}

std::vector<ValueType> infer_grad(const Graph& graph, const Node& node) {
  expect_activations(graph, node, 0);
  expect_real(graph, node, 0);
  const DType dtype = input_type(graph, node, 0).dtype;
  const Shape x = shape_attribute(node, "input_shape", input_shape(graph, node, 0).rank());
  const Shape y = pool_shape(node, x);
  expect_type(graph, node, 0, {dtype, y});
  expect_type(graph, node, 1, {index_dtype(node), y});
  return {{dtype, x}};
}

std::vector<ValueId> vjp(VjpArgs& args) {
  const Node& node = args.node;
  return {append_one(
      args.graph, "max_pool_grad", node.name + ".grad", {args.cotangents[0], node.outputs[1]},
      attributes_without(node, {}, {{"input_shape", to_ints(input_shape(args.graph, node, 0))}}))};
}

std::vector<OpSample> samples() {
  return {{{real({2, 6, 5, 3})}, {{"kernel_size", 2}}},
          {{real({2, 7, 3})}, {{"kernel_size", 3}, {"stride", 2}, {"padding", 1}}},
          {{real({1, 4, 5, 6, 2})}, {{"kernel_size", Ints{2, 3, 3}}, {"stride", Ints{2, 1, 2}}}},
          {{real({1, 7, 7, 2})}, {{"kernel_size", 3}, {"stride", 2}, {"padding", 1}}},
          {{real({1, 6, 8, 2})}, {{"kernel_size", 3}, {"stride", 2}, {"ceil_mode", true}}},
          {{real({1, 8, 7, 2})},
           {{"kernel_size", Ints{3, 2}}, {"stride", 1}, {"dilation", Ints{2, 3}}}}};
}

std::vector<OpSample> grad_samples() {
  return {{{real({2, 3, 2, 3}), {DType::u8, {2, 3, 2, 3}}},
           {{"kernel_size", 2}, {"input_shape", Ints{2, 6, 5, 3}}}}};
}

}  // namespace

OpDef max_pool() {
  return {.name = "max_pool",
          .summary = "The maximum of each window, and which of its taps it was.",
          .inputs = "x",
          .attributes = pool_attributes({}, true),
          .complete = complete_pool,
          .infer = infer,
          .vjp = vjp,
          .cost = bytes_cost,
          .samples = samples};
}

OpDef max_pool_grad() {
  return {.name = "max_pool_grad",
          .summary = "The cotangent of max_pool's x: dy at the position of each maximum.",
          .inputs = "dy indices",
          .attributes = pool_attributes(
              {{.name = "input_shape", .fallback = Ints{}, .required = true}}, true),
          .complete = complete_pool,
          .infer = infer_grad,
          .cost = bytes_cost,
          .samples = grad_samples};
}

}  // namespace noyau::ops::defs
