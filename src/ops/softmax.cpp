#include "ops/defs.hpp"
#include "ops/detail.hpp"

namespace noyau::ops::defs {
namespace {

std::vector<ValueType> infer(const Graph& graph, const Node& node) {
  expect_rank(graph, node, 0, 2, "[N, C]");
  expect_real(graph, node, 0);
  return {input_type(graph, node, 0)};
}

std::vector<ValueType> infer_grad(const Graph& graph, const Node& node) {
  const auto types = infer(graph, node);
  expect_type(graph, node, 1, types[0]);
  return types;
}

// Both gradients read the output.
std::vector<ValueId> vjp(VjpArgs& args) {
  return {append_one(args.graph, args.node.op + "_grad", args.node.name + ".grad",
                     {args.cotangents[0], args.node.outputs[0]})};
}

OpDef forward(const char* name, const char* summary) {
  return {.name = name,
          .summary = summary,
          .inputs = "x",
          .infer = infer,
          .vjp = vjp,
          .cost = bytes_cost,
          .samples = [] {
            return std::vector<OpSample>{{{real({3, 5})}, {}}};
          }};
}

OpDef gradient(const char* name, const char* summary) {
  return {.name = name,
          .summary = summary,
          .inputs = "dy y",
          .infer = infer_grad,
          .cost = bytes_cost,
          .samples = [] {
            return std::vector<OpSample>{{{real({3, 5}), real({3, 5})}, {}}};
          }};
}

}  // namespace

OpDef softmax() { return forward("softmax", "Probabilities from logits [N,C]."); }
OpDef softmax_grad() {
  return gradient("softmax_grad", "The cotangent of softmax's x, from its y.");
}
OpDef log_softmax() {
  return forward("log_softmax", "Logarithms of the probabilities from logits [N,C].");
}
OpDef log_softmax_grad() {
  return gradient("log_softmax_grad", "The cotangent of log_softmax's x, from its y.");
}

}  // namespace noyau::ops::defs
