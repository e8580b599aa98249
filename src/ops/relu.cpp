#include "ops/defs.hpp"
#include "ops/detail.hpp"

namespace noyau::ops::defs {
namespace {

std::vector<ValueType> infer(const Graph& graph, const Node& node) {
  expect_real(graph, node, 0);
  return {input_type(graph, node, 0)};
}

std::vector<ValueType> infer_grad(const Graph& graph, const Node& node) {
  expect_real(graph, node, 0);
  expect_type(graph, node, 1, input_type(graph, node, 0));
  return {input_type(graph, node, 0)};
}

// Reads the output, which is kept anyway as the next layer's input; x need not be kept.
std::vector<ValueId> vjp(VjpArgs& args) {
  return {append_one(args.graph, "relu_grad", args.node.name + ".grad",
                     {args.cotangents[0], args.node.outputs[0]})};
}

}  // namespace

OpDef relu() {
  return {.name = "relu",
          .summary = "max(x, 0).",
          .inputs = "x",
          .infer = infer,
          .vjp = vjp,
          .cost = bytes_cost,
          .samples = [] {
            return std::vector<OpSample>{{{real({2, 3, 3, 4})}, {}}, {{real({7})}, {}}};
          }};
}

OpDef relu_grad() {
  return {.name = "relu_grad",
          .summary = "dy where relu's output y is positive, else 0.",
          .inputs = "dy y",
          .infer = infer_grad,
          .cost = bytes_cost,
          .samples = [] {
            return std::vector<OpSample>{{{real({2, 3, 4}), real({2, 3, 4})}, {}}};
          }};
}

}  // namespace noyau::ops::defs
