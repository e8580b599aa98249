#include <cmath>

#include "ops/defs.hpp"
#include "ops/detail.hpp"

namespace noyau::ops::defs {
namespace {

enum Input : std::size_t { kLogits, kTarget, kClassWeight, kLossCotangent };

// Checks what forward and gradient share; returns the type of the loss.
ValueType loss_type(const Graph& graph, const Node& node) {
  expect_rank(graph, node, kLogits, 2, "[N, C]");
  expect_real(graph, node, kLogits);
  expect_choice(node, "reduction", {"none", "mean", "sum"});
  const auto smoothing = node.get<double>("label_smoothing");
  if (!(smoothing >= 0 && smoothing <= 1))
    invalid(node, "label_smoothing " + std::to_string(smoothing), "0 to 1");
  const auto gamma = node.get<double>("gamma");
  if (!(gamma >= 0 && std::isfinite(gamma)))
    invalid(node, "gamma " + std::to_string(gamma), "a finite number, 0 or more");
  const ValueType& logits = input_type(graph, node, kLogits);
  if (input_shape(graph, node, kTarget).rank() == 2)
    expect_type(graph, node, kTarget, logits);
  else
    expect_type(graph, node, kTarget, {DType::i32, Shape{logits.shape[0]}});
  expect_channels(graph, node, kClassWeight, logits.shape[1]);
  const bool none = node.get<std::string>("reduction") == "none";
  return {logits.dtype, Shape{none ? logits.shape[0] : 1}};
}

std::vector<ValueType> infer(const Graph& graph, const Node& node) {
  return {loss_type(graph, node)};
}

std::vector<ValueType> infer_grad(const Graph& graph, const Node& node) {
  expect_type(graph, node, kLossCotangent, loss_type(graph, node));
  return {input_type(graph, node, kLogits)};
}

std::vector<ValueId> vjp(VjpArgs& args) {
  const Node& node = args.node;
  if (args.wants[kTarget] || args.wants[kClassWeight])
    throw Error(ErrorCode::unsupported, where(node), "a gradient of the target or class weights",
                "a gradient of the logits only");
  return {append_one(args.graph, "softmax_cross_entropy_grad", node.name + ".grad",
                     {node.inputs[kLogits], node.inputs[kTarget], node.inputs[kClassWeight],
                      args.cotangents[0]},
                     node.attributes),
          kNoValue, kNoValue};
}

std::vector<OpSample> samples() {
  const ValueType logits = real({6, 5}), labels = integers({6}), weights = real({5});
  return {{{logits, labels}, {}},
          {{logits, labels, weights}, {{"label_smoothing", 0.1}}},
          {{logits, labels, weights}, {{"reduction", "sum"}, {"ignore_index", 1}}},
          {{logits, labels}, {{"reduction", "none"}, {"label_smoothing", 0.2}}},
          {{logits, labels, weights}, {{"gamma", 2.0}, {"label_smoothing", 0.1}}},
          {{logits, labels}, {{"gamma", 0.5}, {"reduction", "none"}}},
          {{logits, logits, weights}, {{"gamma", 1.5}}},
          {{logits, logits}, {}},
          {{logits, logits, weights}, {{"reduction", "sum"}, {"label_smoothing", 0.1}}}};
}

std::vector<OpSample> grad_samples() {
  return {{{real({6, 5}), integers({6}), absent(), real({1})}, {}},
          {{real({6, 5}), real({6, 5}), real({5}), real({6})}, {{"reduction", "none"}}}};
}

std::vector<ir::AttributeDef> attributes() {
  return {{.name = "label_smoothing", .fallback = 0.0},
          {.name = "reduction", .fallback = std::string("mean")},
          {.name = "ignore_index", .fallback = std::int64_t{-100}},
          {.name = "gamma", .fallback = 0.0}};
}

}  // namespace

OpDef softmax_cross_entropy() {
  return {
      .name = "softmax_cross_entropy",
      .summary =
          "Cross-entropy of logits [N,C] with labels [N] or probabilities [N,C], or focal loss.",
      .inputs = "logits target class_weight?",
      .attributes = attributes(),
      .infer = infer,
      .vjp = vjp,
      .cost = bytes_cost,
      .samples = samples};
}

OpDef softmax_cross_entropy_grad() {
  return {.name = "softmax_cross_entropy_grad",
          .summary = "The cotangent of softmax_cross_entropy's logits.",
          .inputs = "logits target class_weight? dloss",
          .attributes = attributes(),
          .infer = infer_grad,
          .cost = bytes_cost,
          .samples = grad_samples};
}

}  // namespace noyau::ops::defs
