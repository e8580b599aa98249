#include <algorithm>

#include "ops/defs.hpp"
#include "ops/detail.hpp"

namespace noyau::ops::defs {
namespace {

// The shapes that a scale of x [N, ..., C] may have: x's, one factor per image and channel with or
// without the axes between, one factor per channel.
std::vector<Shape> scale_shapes(const Shape& x) {
  Ints ones(std::size_t(x.rank()), 1);
  ones.front() = x[0];
  ones.back() = x[-1];
  return {x, Shape(ones), Shape{x[0], x[-1]}, Shape{x[-1]}};
}

void expect_scale(const Node& node, const Shape& x, const Shape& scale) {
  if (x.rank() < 2) {
    if (scale != x) mismatch(node, to_string(scale), "scale " + to_string(x));
    return;
  }
  const auto allowed = scale_shapes(x);
  if (std::find(allowed.begin(), allowed.end(), scale) != allowed.end()) return;
  std::string list;
  for (const Shape& shape : allowed) list += (list.empty() ? "" : ", ") + to_string(shape);
  mismatch(node, to_string(scale), "scale " + list);
}

std::vector<ValueType> infer(const Graph& graph, const Node& node) {
  expect_real(graph, node, 0);
  const ValueType& x = input_type(graph, node, 0);
  expect_scale(node, x.shape, input_shape(graph, node, 1));
  expect_type(graph, node, 1, {x.dtype, input_shape(graph, node, 1)});
  return {x};
}

std::vector<ValueType> infer_grad_scale(const Graph& graph, const Node& node) {
  expect_real(graph, node, 0);
  const ValueType& dy = input_type(graph, node, 0);
  expect_type(graph, node, 1, dy);
  const int rank = int(node.get<Ints>("scale_shape").size());
  const Shape scale = shape_attribute(node, "scale_shape", std::clamp(rank, 1, dy.shape.rank()));
  expect_scale(node, dy.shape, scale);
  return {{dy.dtype, scale}};
}

std::vector<ValueId> vjp(VjpArgs& args) {
  const Node& node = args.node;
  const ValueId dy = args.cotangents[0], x = node.inputs[0], scale = node.inputs[1];
  const Shape factors = args.graph.shape(scale);
  std::vector<ValueId> result = {kNoValue, kNoValue};
  if (args.wants[0]) result[0] = append_one(args.graph, "mul", node.name + ".grad_x", {dy, scale});
  if (args.wants[1] && factors == args.graph.shape(x))
    result[1] = append_one(args.graph, "mul", node.name + ".grad_scale", {dy, x});
  else if (args.wants[1])
    result[1] = append_one(args.graph, "mul_grad_scale", node.name + ".grad_scale", {dy, x},
                           {{"scale_shape", to_ints(factors)}});
  return result;
}

std::vector<OpSample> samples() {
  return {{{real({2, 3, 2, 4}), real({2, 3, 2, 4})}, {}}, {{real({2, 3, 2, 4}), real({2, 4})}, {}},
          {{real({2, 3, 2, 4}), real({2, 1, 1, 4})}, {}}, {{real({2, 3, 2, 4}), real({4})}, {}},
          {{real({2, 2, 3, 2, 4}), real({2, 4})}, {}},    {{real({3, 4}), real({4})}, {}}};
}

}  // namespace

OpDef mul() {
  return {.name = "mul",
          .summary = "x * scale; the scale of x [N,...,C] is like x, [N,1...,C], [N,C] or [C].",
          .inputs = "x scale",
          .infer = infer,
          .vjp = vjp,
          .cost = bytes_cost,
          .samples = samples};
}

OpDef mul_grad_scale() {
  return {.name = "mul_grad_scale",
          .summary = "The cotangent of mul's scale: dy * x summed over what shares a factor.",
          .inputs = "dy x",
          .attributes = {{.name = "scale_shape", .fallback = Ints{}, .required = true}},
          .infer = infer_grad_scale,
          .cost = bytes_cost,
          .samples = [] {
            return std::vector<OpSample>{
                {{real({2, 3, 2, 4}), real({2, 3, 2, 4})}, {{"scale_shape", Ints{2, 4}}}}};
          }};
}

}  // namespace noyau::ops::defs
