// The functions of base/activations.def, each an op with a gradient op.

#include <string>
#include <utility>

#include "ops/defs.hpp"
#include "ops/detail.hpp"

namespace noyau::ops::defs {
namespace {

using AttributeDefs = std::vector<ir::AttributeDef>;

std::vector<ValueType> infer(const Graph& graph, const Node& node) {
  expect_real(graph, node, 0);
  if (node.has("approximate")) expect_choice(node, "approximate", {"none", "tanh"});
  return {input_type(graph, node, 0)};
}

std::vector<ValueType> infer_grad(const Graph& graph, const Node& node) {
  const auto types = infer(graph, node);
  expect_type(graph, node, 1, types[0]);
  return types;
}

template <bool kReadsOutput>
std::vector<ValueId> vjp(VjpArgs& args) {
  const Node& node = args.node;
  return {append_one(args.graph, node.op + "_grad", node.name + ".grad",
                     {args.cotangents[0], kReadsOutput ? node.outputs[0] : node.inputs[0]},
                     node.attributes)};
}

std::vector<OpSample> samples() { return {{{real({2, 3, 3, 4})}, {}}, {{real({7})}, {}}}; }

std::vector<OpSample> gelu_samples() {
  return {{{real({2, 3, 3, 4})}, {}}, {{real({7})}, {{"approximate", "tanh"}}}};
}

OpDef function(const char* name, const char* summary, bool reads_output, AttributeDefs attributes) {
  return {.name = name,
          .summary = summary,
          .inputs = "x",
          .attributes = std::move(attributes),
          .infer = infer,
          .vjp = reads_output ? vjp<true> : vjp<false>,
          .cost = bytes_cost,
          .samples = std::string(name) == "gelu" ? gelu_samples : samples};
}

OpDef gradient(const char* name, const char* summary, const char* inputs,
               AttributeDefs attributes) {
  return {.name = name,
          .summary = summary,
          .inputs = inputs,
          .attributes = std::move(attributes),
          .infer = infer_grad,
          .cost = bytes_cost,
          .samples = [] {
            return std::vector<OpSample>{{{real({2, 3, 4}), real({2, 3, 4})}, {}}};
          }};
}

}  // namespace

#define NOYAU_ACTIVATION(name, reads, summary, ...)                                        \
  OpDef name() { return function(#name, summary, #reads[0] == 'y', {__VA_ARGS__}); }       \
  OpDef name##_grad() {                                                                    \
    return gradient(#name "_grad", "The cotangent of " #name "'s x, from its " #reads ".", \
                    "dy " #reads, {__VA_ARGS__});                                          \
  }
#include "base/activations.def"
#undef NOYAU_ACTIVATION

}  // namespace noyau::ops::defs
