// Losses of single elements: sigmoid_cross_entropy and mse_loss.

#include "ops/defs.hpp"
#include "ops/detail.hpp"

namespace noyau::ops::defs {
namespace {

enum Input : std::size_t { kX, kTarget, kPositiveWeight, kWeight };

// Checks x, target and reduction; returns the type of the loss.
ValueType loss_type(const Graph& graph, const Node& node) {
  expect_real(graph, node, kX);
  const ValueType& x = input_type(graph, node, kX);
  if (x.shape.rank() < 1) mismatch(node, to_string(x.shape), input_name(node, kX) + " [..., C]");
  expect_type(graph, node, kTarget, x);
  expect_choice(node, "reduction", {"none", "mean", "sum"});
  return node.get<std::string>("reduction") == "none" ? x : ValueType{x.dtype, Shape{1}};
}

ValueType sigmoid_loss_type(const Graph& graph, const Node& node) {
  const ValueType loss = loss_type(graph, node);
  const ValueType& x = input_type(graph, node, kX);
  expect_channels(graph, node, kPositiveWeight, x.shape[-1]);
  if (!given(node, kWeight)) return loss;
  const Shape& weight = input_shape(graph, node, kWeight);
  if (weight != x.shape && weight != Shape{x.shape[-1]})
    mismatch(node, to_string(weight),
             "weight " + to_string(x.shape) + " or " + std::to_string(x.shape[-1]));
  expect_type(graph, node, kWeight, {x.dtype, weight});
  return loss;
}

std::vector<ValueType> infer_sigmoid(const Graph& graph, const Node& node) {
  return {sigmoid_loss_type(graph, node)};
}

std::vector<ValueType> infer_sigmoid_grad(const Graph& graph, const Node& node) {
  expect_type(graph, node, 4, sigmoid_loss_type(graph, node));
  return {input_type(graph, node, kX)};
}

std::vector<ValueType> infer_mse(const Graph& graph, const Node& node) {
  return {loss_type(graph, node)};
}

std::vector<ValueType> infer_mse_grad(const Graph& graph, const Node& node) {
  expect_type(graph, node, 2, loss_type(graph, node));
  return {input_type(graph, node, kX)};
}

std::vector<ValueId> vjp_sigmoid(VjpArgs& args) {
  const Node& node = args.node;
  if (args.wants[kTarget] || args.wants[kPositiveWeight] || args.wants[kWeight])
    throw Error(ErrorCode::unsupported, where(node), "a gradient of the target or the weights",
                "a gradient of the logits only");
  std::vector<ValueId> inputs = node.inputs;
  inputs.push_back(args.cotangents[0]);
  return {append_one(args.graph, "sigmoid_cross_entropy_grad", node.name + ".grad", inputs,
                     node.attributes),
          kNoValue, kNoValue, kNoValue};
}

// The loss is symmetric in x and target.
std::vector<ValueId> vjp_mse(VjpArgs& args) {
  const Node& node = args.node;
  const auto grad = [&](std::size_t of, std::size_t other, const char* suffix) {
    if (!args.wants[of]) return kNoValue;
    return append_one(args.graph, "mse_loss_grad", node.name + suffix,
                      {node.inputs[of], node.inputs[other], args.cotangents[0]}, node.attributes);
  };
  const ValueId dx = grad(kX, kTarget, ".grad");
  return {dx, grad(kTarget, kX, ".grad_target")};
}

std::vector<ir::AttributeDef> reduction() {
  return {{.name = "reduction", .fallback = std::string("mean")}};
}

std::vector<OpSample> sigmoid_samples() {
  const ValueType x = real({4, 5}), row = real({5});
  return {{{x, x}, {}},
          {{x, x, row}, {{"reduction", "sum"}}},
          {{x, x, row, x}, {{"reduction", "none"}}},
          {{x, x, absent(), row}, {}},
          {{real({2, 3, 2, 4}), real({2, 3, 2, 4})}, {}}};
}

std::vector<OpSample> sigmoid_grad_samples() {
  const ValueType x = real({4, 5});
  return {{{x, x, absent(), absent(), real({1})}, {}},
          {{x, x, real({5}), x, x}, {{"reduction", "none"}}}};
}

std::vector<OpSample> mse_samples() {
  const ValueType x = real({2, 3, 2, 4});
  return {{{x, x}, {}}, {{x, x}, {{"reduction", "sum"}}}, {{x, x}, {{"reduction", "none"}}}};
}

}  // namespace

OpDef sigmoid_cross_entropy() {
  return {.name = "sigmoid_cross_entropy",
          .summary = "Cross-entropy of sigmoid(logits) with targets in [0,1], element by element.",
          .inputs = "logits target positive_weight? weight?",
          .attributes = reduction(),
          .infer = infer_sigmoid,
          .vjp = vjp_sigmoid,
          .cost = bytes_cost,
          .samples = sigmoid_samples};
}

OpDef sigmoid_cross_entropy_grad() {
  return {.name = "sigmoid_cross_entropy_grad",
          .summary = "The cotangent of sigmoid_cross_entropy's logits.",
          .inputs = "logits target positive_weight? weight? dloss",
          .attributes = reduction(),
          .infer = infer_sigmoid_grad,
          .cost = bytes_cost,
          .samples = sigmoid_grad_samples};
}

OpDef mse_loss() {
  return {.name = "mse_loss",
          .summary = "The squared difference of x and target.",
          .inputs = "x target",
          .attributes = reduction(),
          .infer = infer_mse,
          .vjp = vjp_mse,
          .cost = bytes_cost,
          .samples = mse_samples};
}

OpDef mse_loss_grad() {
  return {.name = "mse_loss_grad",
          .summary = "The cotangent of mse_loss's x.",
          .inputs = "x target dloss",
          .attributes = reduction(),
          .infer = infer_mse_grad,
          .cost = bytes_cost,
          .samples = [] {
            return std::vector<OpSample>{{{real({2, 3}), real({2, 3}), real({1})}, {}}};
          }};
}

}  // namespace noyau::ops::defs
