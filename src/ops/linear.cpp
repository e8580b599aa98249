#include "ops/defs.hpp"
#include "ops/detail.hpp"

namespace noyau::ops::defs {
namespace {

std::vector<ValueType> infer(const Graph& graph, const Node& node) {
  expect_rank(graph, node, 0, 2, "[N, I]");
  expect_rank(graph, node, 1, 2, "[O, I]");
  expect_real(graph, node, 0);
  expect_choice(node, "activation", {"none", "relu", "relu6"});
  const ValueType& x = input_type(graph, node, 0);
  const Shape& weight = input_shape(graph, node, 1);
  expect_type(graph, node, 1, {x.dtype, weight});
  if (x.shape[1] != weight[1])
    mismatch(node, std::to_string(x.shape[1]), std::to_string(weight[1]) + " input features");
  expect_channels(graph, node, 2, weight[0]);
  return {{x.dtype, Shape{x.shape[0], weight[0]}}};
}

std::vector<ValueType> infer_grad_input(const Graph& graph, const Node& node) {
  expect_rank(graph, node, 0, 2, "[N, O]");
  expect_rank(graph, node, 1, 2, "[O, I]");
  expect_real(graph, node, 0);
  const ValueType& dy = input_type(graph, node, 0);
  const Shape& weight = input_shape(graph, node, 1);
  expect_type(graph, node, 1, {dy.dtype, Shape{dy.shape[1], weight[1]}});
  return {{dy.dtype, Shape{dy.shape[0], weight[1]}}};
}

std::vector<ValueType> infer_grad_weight(const Graph& graph, const Node& node) {
  expect_rank(graph, node, 0, 2, "[N, I]");
  expect_rank(graph, node, 1, 2, "[N, O]");
  expect_real(graph, node, 0);
  const ValueType& x = input_type(graph, node, 0);
  const Shape& dy = input_shape(graph, node, 1);
  expect_type(graph, node, 1, {x.dtype, Shape{x.shape[0], dy[1]}});
  return {{x.dtype, Shape{dy[1], x.shape[1]}}};
}

Cost linear_cost(const Graph& graph, const Node& node, const Shape& first, std::int64_t other) {
  Cost cost = bytes_cost(graph, node);
  cost.macs = first.elements() * other;
  return cost;
}

std::vector<ValueId> vjp(VjpArgs& args) {
  const Node& node = args.node;
  const ValueId dy = before_activation(args);
  std::vector<ValueId> result(node.inputs.size(), kNoValue);
  if (args.wants[0])
    result[0] = append_one(args.graph, "linear_grad_input", node.name + ".grad_input",
                           {dy, node.inputs[1]});
  if (args.wants[1])
    result[1] = append_one(args.graph, "linear_grad_weight", node.name + ".grad_weight",
                           {node.inputs[0], dy});
  if (args.wants[2]) result[2] = append_one(args.graph, "sum_rows", node.name + ".grad_bias", {dy});
  return result;
}

std::vector<OpSample> samples() {
  return {{{real({3, 5}), real({4, 5}), real({4})}, {}},
          {{real({1, 7}), real({2, 7})}, {{"activation", "relu"}}}};
}

}  // namespace

OpDef linear() {
  return {.name = "linear",
          .summary = "x [N,I] times the transpose of weight [O,I], plus the bias [O].",
          .inputs = "x weight bias?",
          .attributes = {{.name = "activation", .fallback = std::string("none")}},
          .infer = infer,
          .vjp = vjp,
          .cost =
              [](const Graph& g, const Node& n) {
                return linear_cost(g, n, input_shape(g, n, 0), input_shape(g, n, 1)[0]);
              },
          .samples = samples};
}

OpDef linear_grad_input() {
  return {.name = "linear_grad_input",
          .summary = "The cotangent of linear's x: dy [N,O] times weight [O,I].",
          .inputs = "dy weight",
          .infer = infer_grad_input,
          .cost =
              [](const Graph& g, const Node& n) {
                return linear_cost(g, n, input_shape(g, n, 0), input_shape(g, n, 1)[1]);
              },
          .samples =
              [] {
                return std::vector<OpSample>{{{real({3, 4}), real({4, 5})}, {}}};
              }};
}

OpDef linear_grad_weight() {
  return {.name = "linear_grad_weight",
          .summary = "The cotangent of linear's weight: the transpose of dy [N,O] times x [N,I].",
          .inputs = "x dy",
          .infer = infer_grad_weight,
          .cost =
              [](const Graph& g, const Node& n) {
                return linear_cost(g, n, input_shape(g, n, 0), input_shape(g, n, 1)[1]);
              },
          .samples =
              [] {
                return std::vector<OpSample>{{{real({3, 5}), real({3, 4})}, {}}};
              }};
}

}  // namespace noyau::ops::defs
