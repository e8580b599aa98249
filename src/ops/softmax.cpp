#include "ops/defs.hpp"
#include "ops/detail.hpp"

namespace noyau::ops::defs {
namespace {

std::vector<ValueType> infer(const Graph& graph, const Node& node) {
  expect_rank(graph, node, 0, 2, "[N, C]");
  expect_real(graph, node, 0);
  return {input_type(graph, node, 0)};
}

}  // namespace

OpDef softmax() {
  return {.name = "softmax",
          .summary = "Probabilities from logits [N,C].",
          .inputs = "x",
          .infer = infer,
          .cost = bytes_cost,
          .samples = [] {
            return std::vector<OpSample>{{{real({3, 5})}, {}}};
          }};
}

}  // namespace noyau::ops::defs
