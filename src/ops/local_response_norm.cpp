#include "ops/defs.hpp"
#include "ops/detail.hpp"

namespace noyau::ops::defs {
namespace {

void expect_numbers(const Node& node) {
  const auto size = node.get<std::int64_t>("size");
  if (size < 1 || size >= std::int64_t{1} << 31)
    invalid(node, "size " + std::to_string(size), "1 or more, below 2^31");
  const auto alpha = node.get<double>("alpha"), k = node.get<double>("k");
  if (!(alpha >= 0)) invalid(node, "alpha " + std::to_string(alpha), "0 or more");
  if (!(k > 0)) invalid(node, "k " + std::to_string(k), "more than 0");
}

ValueType checked_type(const Graph& graph, const Node& node) {
  expect_real(graph, node, 0);
  expect_numbers(node);
  const ValueType& x = input_type(graph, node, 0);
  if (x.shape.rank() < 2) mismatch(node, to_string(x.shape), input_name(node, 0) + " [N, ..., C]");
  return x;
}

std::vector<ValueType> infer(const Graph& graph, const Node& node) {
  return {checked_type(graph, node)};
}

std::vector<ValueType> infer_grad(const Graph& graph, const Node& node) {
  const ValueType dy = checked_type(graph, node);
  expect_type(graph, node, 1, dy);
  return {dy};
}

std::vector<ValueId> vjp(VjpArgs& args) {
  const Node& node = args.node;
  return {append_one(args.graph, "local_response_norm_grad", node.name + ".grad",
                     {args.cotangents[0], node.inputs[0]}, node.attributes)};
}

std::vector<OpSample> samples() {
  return {{{real({2, 3, 2, 9})}, {{"size", 5}, {"k", 2.0}}},
          {{real({2, 7})}, {{"size", 4}, {"alpha", 1.0}, {"beta", 0.5}}},
          {{real({1, 2, 2, 2, 3})}, {{"size", 9}, {"alpha", 2.0}, {"beta", 1.1}}}};
}

std::vector<OpSample> grad_samples() {
  return {{{real({2, 3, 2, 9}), real({2, 3, 2, 9})}, {{"size", 5}}}};
}

std::vector<ir::AttributeDef> attributes() {
  return {{.name = "size", .fallback = std::int64_t{5}},
          {.name = "alpha", .fallback = 1e-4},
          {.name = "beta", .fallback = 0.75},
          {.name = "k", .fallback = 1.0}};
}

}  // namespace

OpDef local_response_norm() {
  return {.name = "local_response_norm",
          .summary = "Divides by the responses of neighbouring channels (Krizhevsky et al. 2012).",
          .inputs = "x",
          .attributes = attributes(),
          .infer = infer,
          .vjp = vjp,
          .cost = bytes_cost,
          .samples = samples};
}

OpDef local_response_norm_grad() {
  return {.name = "local_response_norm_grad",
          .summary = "The cotangent of local_response_norm's x.",
          .inputs = "dy x",
          .attributes = attributes(),
          .infer = infer_grad,
          .cost = bytes_cost,
          .samples = grad_samples};
}

}  // namespace noyau::ops::defs
