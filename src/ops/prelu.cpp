#include "ops/defs.hpp"
#include "ops/detail.hpp"

namespace noyau::ops::defs {
namespace {

void expect_slopes(const Node& node, const Shape& x, const Shape& weight) {
  if (weight != Shape{x[-1]} && weight != Shape{1})
    mismatch(node, to_string(weight), "weight " + std::to_string(x[-1]) + " or 1");
}

// Checks input 0 (x or dy) and input 1, the weight.
std::vector<ValueType> infer(const Graph& graph, const Node& node) {
  expect_real(graph, node, 0);
  const ValueType& x = input_type(graph, node, 0);
  if (x.shape.rank() < 1) mismatch(node, to_string(x.shape), input_name(node, 0) + " [..., C]");
  expect_slopes(node, x.shape, input_shape(graph, node, 1));
  expect_type(graph, node, 1, {x.dtype, input_shape(graph, node, 1)});
  return {x};
}

std::vector<ValueType> infer_grad_input(const Graph& graph, const Node& node) {
  const auto types = infer(graph, node);
  expect_type(graph, node, 2, types[0]);
  return types;
}

std::vector<ValueType> infer_grad_weight(const Graph& graph, const Node& node) {
  expect_real(graph, node, 0);
  const ValueType& dy = input_type(graph, node, 0);
  expect_type(graph, node, 1, dy);
  const Shape weight = shape_attribute(node, "weight_shape", 1);
  expect_slopes(node, dy.shape, weight);
  return {{dy.dtype, weight}};
}

std::vector<ValueId> vjp(VjpArgs& args) {
  const Node& node = args.node;
  const ValueId dy = args.cotangents[0], x = node.inputs[0], weight = node.inputs[1];
  std::vector<ValueId> result = {kNoValue, kNoValue};
  if (args.wants[0])
    result[0] = append_one(args.graph, "prelu_grad_input", node.name + ".grad_x", {dy, weight, x});
  if (args.wants[1])
    result[1] = append_one(args.graph, "prelu_grad_weight", node.name + ".grad_weight", {dy, x},
                           {{"weight_shape", to_ints(args.graph.shape(weight))}});
  return result;
}

std::vector<OpSample> samples() {
  return {{{real({2, 3, 2, 4}), real({4})}, {}},
          {{real({2, 3, 2, 4}), real({1})}, {}},
          {{real({3, 5}), real({5})}, {}}};
}

}  // namespace

OpDef prelu() {
  return {.name = "prelu",
          .summary = "x where positive, else weight * x, of weight [C] or [1] (He et al. 2015).",
          .inputs = "x weight",
          .infer = infer,
          .vjp = vjp,
          .cost = bytes_cost,
          .samples = samples};
}

OpDef prelu_grad_input() {
  return {.name = "prelu_grad_input",
          .summary = "The cotangent of prelu's x.",
          .inputs = "dy weight x",
          .infer = infer_grad_input,
          .cost = bytes_cost,
          .samples = [] {
            return std::vector<OpSample>{{{real({3, 4}), real({4}), real({3, 4})}, {}}};
          }};
}

OpDef prelu_grad_weight() {
  return {
      .name = "prelu_grad_weight",
      .summary = "The cotangent of prelu's weight.",
      .inputs = "dy x",
      .attributes = {{.name = "weight_shape", .fallback = Ints{1}, .required = true}},
      .infer = infer_grad_weight,
      .cost = bytes_cost,
      .samples = [] {
        return std::vector<OpSample>{{{real({3, 4}), real({3, 4})}, {{"weight_shape", Ints{4}}}}};
      }};
}

}  // namespace noyau::ops::defs
