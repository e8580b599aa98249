#include "ops/defs.hpp"
#include "ops/detail.hpp"

namespace noyau::ops::defs {
namespace {

std::vector<ValueType> infer(const Graph& graph, const Node& node) {
  expect_real(graph, node, 0);
  expect_type(graph, node, 1, input_type(graph, node, 0));
  return {input_type(graph, node, 0)};
}

std::vector<ValueId> vjp(VjpArgs& args) {
  const ValueId dy = args.cotangents[0];
  return {args.wants[0] ? dy : kNoValue, args.wants[1] ? dy : kNoValue};
}

}  // namespace

OpDef add() {
  return {.name = "add",
          .summary = "a + b, of equal shapes.",
          .inputs = "a b",
          .infer = infer,
          .vjp = vjp,
          .cost = bytes_cost,
          .samples = [] {
            return std::vector<OpSample>{{{real({2, 3, 3, 4}), real({2, 3, 3, 4})}, {}}};
          }};
}

}  // namespace noyau::ops::defs
