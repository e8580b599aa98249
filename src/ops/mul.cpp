#include <algorithm>

#include "ops/defs.hpp"
#include "ops/detail.hpp"

namespace noyau::ops::defs {
namespace {

enum Input : std::size_t { kX, kScale, kResidual, kSpread };

// One number per image and channel, with the axes between: [N, 1..., C].
Shape per_image(const Shape& x) {
  Ints ones(std::size_t(x.rank()), 1);
  ones.front() = x[0];
  ones.back() = x[-1];
  return Shape(ones);
}

// The shapes that a scale of x [N, ..., C] may have: x's, one factor per image and channel with or
// without the axes between, one factor per channel.
std::vector<Shape> scale_shapes(const Shape& x) {
  return {x, per_image(x), Shape{x[0], x[-1]}, Shape{x[-1]}};
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
  expect_real(graph, node, kX);
  const ValueType& x = input_type(graph, node, kX);
  const Shape& scale = input_shape(graph, node, kScale);
  expect_scale(node, x.shape, scale);
  expect_type(graph, node, kScale, {x.dtype, scale});
  expect_choice(node, "activation", {"none", "relu"});
  if (given(node, kResidual)) expect_type(graph, node, kResidual, x);
  if (!given(node, kSpread)) return {x};
  expect_activations(graph, node, kX);
  const Shape spread = per_image(x.shape);
  expect_type(graph, node, kSpread, {x.dtype, spread});
  if (scale != spread && scale != Shape{x.shape[0], x.shape[-1]})
    mismatch(node, to_string(scale), "scale " + to_string(spread) + " beside a spread");
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

std::vector<ValueType> infer_relu_grad(const Graph& graph, const Node& node) {
  const ValueType dscale = infer_grad_scale(graph, node)[0], dy = input_type(graph, node, 0);
  expect_type(graph, node, 2, dy);
  return {dy, dscale};
}

std::vector<ValueId> vjp(VjpArgs& args) {
  const Node& node = args.node;
  const ValueId dy = before_activation(args), x = node.inputs[kX], scale = node.inputs[kScale];
  const Shape factors = args.graph.shape(scale), shape = args.graph.shape(x);
  std::vector<ValueId> result(node.inputs.size(), kNoValue);
  const auto wanted = [&](std::size_t i) { return given(node, i) && args.wants[i]; };
  if (wanted(kX)) result[kX] = append_one(args.graph, "mul", node.name + ".grad_x", {dy, scale});
  if (wanted(kScale) && factors == shape)
    result[kScale] = append_one(args.graph, "mul", node.name + ".grad_scale", {dy, x});
  else if (wanted(kScale))
    result[kScale] = append_one(args.graph, "mul_grad_scale", node.name + ".grad_scale", {dy, x},
                                {{"scale_shape", to_ints(factors)}});
  if (wanted(kResidual)) result[kResidual] = dy;
  if (wanted(kSpread))
    result[kSpread] = append_one(args.graph, "adaptive_avg_pool", node.name + ".grad_spread", {dy},
                                 {{"output_size", 1}});
  return result;
}

std::vector<OpSample> samples() {
  return {{{real({2, 3, 2, 4}), real({2, 3, 2, 4})}, {}},
          {{real({2, 3, 2, 4}), real({2, 4})}, {}},
          {{real({2, 3, 2, 4}), real({2, 1, 1, 4})}, {}},
          {{real({2, 3, 2, 4}), real({4})}, {}},
          {{real({2, 2, 3, 2, 4}), real({2, 4})}, {}},
          {{real({3, 4}), real({4})}, {}},
          {{real({2, 3, 2, 4}), real({2, 1, 1, 4}), real({2, 3, 2, 4})}, {{"activation", "relu"}}},
          {{real({2, 3, 4}), real({2, 4}), absent(), real({2, 1, 4})}, {}},
          {{real({2, 3, 2, 4}), real({2, 4}), real({2, 3, 2, 4}), real({2, 1, 1, 4})}, {}}};
}

}  // namespace

OpDef mul() {
  return {.name = "mul",
          .summary =
              "x * scale + residual + spread / positions; the scale of x [N,...,C] is like x, "
              "[N,1...,C], [N,C] or [C], the spread [N,1...,C].",
          .inputs = "x scale residual? spread?",
          .attributes = {{.name = "activation", .fallback = std::string("none")}},
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

OpDef mul_relu_grad() {
  return {.name = "mul_relu_grad",
          .summary =
              "Behind a mul with a ReLU: dy where y is positive, which is the residual's "
              "cotangent, and the scale's.",
          .inputs = "dy x y",
          .attributes = {{.name = "scale_shape", .fallback = Ints{}, .required = true}},
          .infer = infer_relu_grad,
          .cost = bytes_cost,
          .samples = [] {
            const ValueType x = real({2, 3, 2, 4});
            return std::vector<OpSample>{{{x, x, x}, {{"scale_shape", Ints{2, 1, 1, 4}}}}};
          }};
}

}  // namespace noyau::ops::defs
