#include <algorithm>

#include "ops/defs.hpp"
#include "ops/window.hpp"

namespace noyau::ops::defs {
namespace {

void expect_mode(const Node& node) {
  expect_choice(node, "mode", {"nearest", "nearest_exact", "linear", "cubic"});
  const bool corners = node.get<bool>("align_corners"), antialias = node.get<bool>("antialias");
  const bool nearest = node.get<std::string>("mode").starts_with("nearest");
  if (nearest && (corners || antialias))
    invalid(node, std::string(corners ? "align_corners" : "antialias") + " with a nearest mode",
            "mode linear or cubic");
  if (corners && antialias) invalid(node, "align_corners with antialias", "at most one of the two");
}

// The shape of y for x.
Shape resized_shape(const Node& node, const Shape& x) {
  expect_mode(node);
  const auto& size = node.get<Ints>("size");
  const int axes = x.rank() - 2;
  if (int(size.size()) != axes)
    invalid(node, "size of " + std::to_string(size.size()) + " numbers",
            std::to_string(axes) + " numbers");
  if (*std::min_element(size.begin(), size.end()) < 1)
    invalid(node, "a size below 1", "1 or more along each axis");
  for (int axis = 1; axis <= axes; ++axis)
    if (x[axis] == 0) mismatch(node, to_string(x), "at least 1 position along each axis");
  return activation_shape(x[0], size, x[-1]);
}

std::vector<ValueType> infer(const Graph& graph, const Node& node) {
  expect_real(graph, node, 0);
  expect_activations(graph, node, 0);
  const ValueType& x = input_type(graph, node, 0);
  return {{x.dtype, resized_shape(node, x.shape)}};
}

std::vector<ValueType> infer_grad(const Graph& graph, const Node& node) {
  expect_real(graph, node, 0);
  expect_activations(graph, node, 0);
  const ValueType& dy = input_type(graph, node, 0);
  const Shape x = shape_attribute(node, "input_shape", dy.shape.rank());
  expect_type(graph, node, 0, {dy.dtype, resized_shape(node, x)});
  return {{dy.dtype, x}};
}

std::vector<ValueId> vjp(VjpArgs& args) {
  const Node& node = args.node;
  return {append_one(
      args.graph, "resize_grad", node.name + ".grad", {args.cotangents[0]},
      attributes_without(node, {}, {{"input_shape", to_ints(input_shape(args.graph, node, 0))}}))};
}

std::vector<OpSample> samples() {
  const ValueType x = real({2, 4, 5, 3});
  return {{{x}, {{"size", Ints{7, 9}}}},
          {{x}, {{"size", Ints{3, 8}}, {"mode", "nearest_exact"}}},
          {{x}, {{"size", Ints{6, 3}}, {"mode", "linear"}}},
          {{x}, {{"size", Ints{7, 1}}, {"mode", "linear"}, {"align_corners", true}}},
          {{x}, {{"size", Ints{2, 8}}, {"mode", "linear"}, {"antialias", true}}},
          {{x}, {{"size", Ints{6, 3}}, {"mode", "cubic"}}},
          {{real({1, 5, 2})}, {{"size", 8}, {"mode", "linear"}}},
          {{real({1, 2, 3, 2, 2})}, {{"size", Ints{4, 2, 3}}, {"mode", "linear"}}}};
}

std::vector<OpSample> grad_samples() {
  return {{{real({2, 7, 9, 3})},
           {{"size", Ints{7, 9}}, {"mode", "linear"}, {"input_shape", Ints{2, 4, 5, 3}}}}};
}

std::vector<ir::AttributeDef> attributes() {
  return {{.name = "size", .fallback = Ints{}, .required = true, .per_axis = 1},
          {.name = "mode", .fallback = std::string("nearest")},
          {.name = "align_corners", .fallback = false},
          {.name = "antialias", .fallback = false}};
}

std::vector<ir::AttributeDef> grad_attributes() {
  auto list = attributes();
  list.push_back({.name = "input_shape", .fallback = Ints{}, .required = true});
  return list;
}

}  // namespace

OpDef resize() {
  return {.name = "resize",
          .summary = "Interpolates to another spatial size.",
          .inputs = "x",
          .attributes = attributes(),
          .infer = infer,
          .vjp = vjp,
          .cost = bytes_cost,
          .samples = samples};
}

OpDef resize_grad() {
  return {.name = "resize_grad",
          .summary = "The cotangent of resize's x.",
          .inputs = "dy",
          .attributes = grad_attributes(),
          .infer = infer_grad,
          .cost = bytes_cost,
          .samples = grad_samples};
}

}  // namespace noyau::ops::defs
