#include "ops/defs.hpp"
#include "ops/detail.hpp"

namespace noyau::ops::defs {
namespace {

std::vector<ValueType> infer(const Graph& graph, const Node& node) {
  expect_real(graph, node, 0);
  const ValueType& x = input_type(graph, node, 0);
  if (x.shape.rank() < 2) mismatch(node, to_string(x.shape), "x [N, ..., C]");
  return {{x.dtype, Shape{x.shape[-1]}}};
}

std::vector<OpSample> samples() { return {{{real({3, 4})}, {}}, {{real({2, 3, 3, 5})}, {}}}; }

}  // namespace

OpDef sum_rows() {
  return {.name = "sum_rows",
          .summary = "Sums over all axes but the last: the cotangent of a bias.",
          .inputs = "x",
          .infer = infer,
          .cost = bytes_cost,
          .samples = samples};
}

}  // namespace noyau::ops::defs
