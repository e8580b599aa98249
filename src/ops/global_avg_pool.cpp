#include "ops/defs.hpp"
#include "ops/detail.hpp"

namespace noyau::ops::defs {
namespace {

std::vector<ValueType> infer(const Graph& graph, const Node& node) {
  expect_real(graph, node, 0);
  const ValueType& x = input_type(graph, node, 0);
  if (x.shape.rank() < 3) mismatch(node, to_string(x.shape), "x [N, ..., C]");
  return {{x.dtype, Shape{x.shape[0], x.shape[-1]}}};
}

std::vector<ValueType> infer_grad(const Graph& graph, const Node& node) {
  expect_real(graph, node, 0);
  const DType dtype = input_type(graph, node, 0).dtype;
  const int rank = int(node.get<Ints>("input_shape").size());
  const Shape x = shape_attribute(node, "input_shape", std::max(rank, 3));
  expect_type(graph, node, 0, {dtype, Shape{x[0], x[-1]}});
  return {{dtype, x}};
}

std::vector<ValueId> vjp(VjpArgs& args) {
  return {append_one(args.graph, "global_avg_pool_grad", args.node.name + ".grad",
                     {args.cotangents[0]},
                     {{"input_shape", to_ints(input_shape(args.graph, args.node, 0))}})};
}

}  // namespace

OpDef global_avg_pool() {
  return {.name = "global_avg_pool",
          .summary = "The mean over all positions: [N,...,C] to [N,C].",
          .inputs = "x",
          .infer = infer,
          .vjp = vjp,
          .cost = bytes_cost,
          .samples = [] {
            return std::vector<OpSample>{{{real({2, 3, 4, 5})}, {}}, {{real({2, 1, 1, 3})}, {}}};
          }};
}

OpDef global_avg_pool_grad() {
  return {.name = "global_avg_pool_grad",
          .summary = "The cotangent of global_avg_pool's x.",
          .inputs = "dy",
          .attributes = {{.name = "input_shape", .fallback = Ints{}, .required = true}},
          .infer = infer_grad,
          .cost = bytes_cost,
          .samples = [] {
            return std::vector<OpSample>{{{real({2, 5})}, {{"input_shape", Ints{2, 3, 4, 5}}}}};
          }};
}

}  // namespace noyau::ops::defs
