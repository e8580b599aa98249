#include "ops/defs.hpp"
#include "ops/detail.hpp"

namespace noyau::ops::defs {
namespace {

Shape flat(const Shape& x) {
  std::int64_t features = 1;
  for (int i = 1; i < x.rank(); ++i) features *= x[i];
  return Shape{x[0], features};
}

std::vector<ValueType> infer(const Graph& graph, const Node& node) {
  expect_real(graph, node, 0);
  const ValueType& x = input_type(graph, node, 0);
  if (x.shape.rank() < 2) mismatch(node, to_string(x.shape), "x [N, ..., C]");
  return {{x.dtype, flat(x.shape)}};
}

std::vector<ValueType> infer_grad(const Graph& graph, const Node& node) {
  expect_real(graph, node, 0);
  const DType dtype = input_type(graph, node, 0).dtype;
  const int rank = int(node.get<Ints>("input_shape").size());
  const Shape x = shape_attribute(node, "input_shape", std::max(rank, 2));
  expect_type(graph, node, 0, {dtype, flat(x)});
  return {{dtype, x}};
}

std::vector<ValueId> vjp(VjpArgs& args) {
  return {append_one(args.graph, "flatten_grad", args.node.name + ".grad", {args.cotangents[0]},
                     {{"input_shape", to_ints(input_shape(args.graph, args.node, 0))}})};
}

}  // namespace

OpDef flatten() {
  return {.name = "flatten",
          .summary = "[N,...,C] to [N, C*...], channels outermost as in NCHW.",
          .inputs = "x",
          .infer = infer,
          .vjp = vjp,
          .cost = bytes_cost,
          .samples = [] {
            return std::vector<OpSample>{{{real({2, 3, 4, 5})}, {}}, {{real({2, 1, 1, 3})}, {}}};
          }};
}

OpDef flatten_grad() {
  return {.name = "flatten_grad",
          .summary = "The cotangent of flatten's x.",
          .inputs = "dy",
          .attributes = {{.name = "input_shape", .fallback = Ints{}, .required = true}},
          .infer = infer_grad,
          .cost = bytes_cost,
          .samples = [] {
            return std::vector<OpSample>{{{real({2, 60})}, {{"input_shape", Ints{2, 3, 4, 5}}}}};
          }};
}

}  // namespace noyau::ops::defs
