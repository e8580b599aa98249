#include "ops/defs.hpp"
#include "ops/window.hpp"

namespace noyau::ops::defs {
namespace {

// Extents that a convolution with these attributes would shrink to those of x. Of the several that
// a stride above 1 leaves open, output_padding chooses.
Ints grow(const Node& node, const Window& w, const Shape& x) {
  const auto& extra = node.get<Ints>("output_padding");
  if (extra.size() != w.kernel.size())
    invalid(node, "output_padding of " + std::to_string(extra.size()) + " numbers",
            std::to_string(w.kernel.size()) + " numbers");
  Ints out;
  for (std::size_t i = 0; i < w.kernel.size(); ++i) {
    if (extra[i] < 0 || extra[i] >= w.stride[i])
      invalid(node, "output_padding " + std::to_string(extra[i]),
              "0 or more, below the stride " + std::to_string(w.stride[i]));
    out.push_back((x[int(i) + 1] - 1) * w.stride[i] - w.before[i] - w.after[i] +
                  w.dilation[i] * (w.kernel[i] - 1) + 1 + extra[i]);
    if (out.back() < 1)
      mismatch(node, to_string(x) + " for an output of " + std::to_string(out.back()),
               "at least 1 position along axis " + std::to_string(i + 1));
  }
  return out;
}

std::vector<ValueType> infer(const Graph& graph, const Node& node) {
  expect_activations(graph, node, 0);
  const Shape& x = input_shape(graph, node, 0);
  expect_rank(graph, node, 1, x.rank(), "[I, O / groups, kernel...]");
  expect_real(graph, node, 0);
  const DType dtype = input_type(graph, node, 0).dtype;
  const Shape& weight = input_shape(graph, node, 1);
  expect_type(graph, node, 1, {dtype, weight});
  const auto groups = node.get<std::int64_t>("groups");
  if (x[-1] != weight[0])
    mismatch(node, std::to_string(x[-1]), std::to_string(weight[0]) + " input channels");
  if (groups < 1 || weight[0] % groups != 0)
    invalid(node, "groups " + std::to_string(groups),
            "a divisor of " + std::to_string(weight[0]) + " input channels");
  const std::int64_t out_channels = weight[1] * groups;
  expect_channels(graph, node, 2, out_channels);
  return {{dtype,
           activation_shape(x[0], grow(node, window(node, kernel_of(weight)), x), out_channels)}};
}

// y is the cotangent of a convolution's input, so the gradients are that convolution's two other
// passes.
std::vector<ValueId> vjp(VjpArgs& args) {
  const Node& node = args.node;
  const ValueId dy = args.cotangents[0];
  std::vector<ValueId> result(node.inputs.size(), kNoValue);
  if (args.wants[0])
    result[0] = append_one(args.graph, "conv", node.name + ".grad_input", {dy, node.inputs[1]},
                           attributes_without(node, {"output_padding"}, {}));
  if (args.wants[1])
    result[1] = append_one(
        args.graph, "conv_grad_weight", node.name + ".grad_weight", {dy, node.inputs[0]},
        attributes_without(node, {"output_padding"},
                           {{"weight_shape", to_ints(input_shape(args.graph, node, 1))}}));
  if (args.wants[2]) result[2] = append_one(args.graph, "sum_rows", node.name + ".grad_bias", {dy});
  return result;
}

Cost cost(const Graph& graph, const Node& node) {
  Cost cost = bytes_cost(graph, node);
  const Shape& weight = input_shape(graph, node, 1);
  cost.macs =
      weight[0] == 0 ? 0 : input_shape(graph, node, 0).elements() * (weight.elements() / weight[0]);
  return cost;
}

std::vector<OpSample> samples() {
  return {
      {{real({2, 3, 4, 3}), real({3, 4, 3, 3}), real({4})}, {{"padding", 1}}},
      {{real({1, 3, 2, 4}), real({4, 3, 3, 2}), real({6})},
       {{"stride", Ints{2, 3}},
        {"groups", 2},
        {"padding", Ints{1, 0}},
        {"output_padding", Ints{1, 2}}}},
      {{real({2, 3, 3, 2}), real({2, 1, 3, 3}), real({2})}, {{"groups", 2}, {"dilation", 2}}},
      {{real({1, 5, 2}), real({2, 3, 4})}, {{"stride", 2}, {"padding", 1}}},
      {{real({1, 2, 3, 2, 2}), real({2, 3, 2, 2, 2})}, {{"stride", 2}}},
  };
}

}  // namespace

OpDef conv_transpose() {
  auto attributes = window_attributes(true);
  attributes.push_back({.name = "groups", .fallback = std::int64_t{1}});
  attributes.push_back({.name = "output_padding", .fallback = Ints{0}, .per_axis = 1});
  return {.name = "conv_transpose",
          .summary = "Spreads x [N,...,C] with weight [C,O/groups,...]: a convolution backwards.",
          .inputs = "x weight bias?",
          .attributes = std::move(attributes),
          .infer = infer,
          .vjp = vjp,
          .cost = cost,
          .samples = samples};
}

}  // namespace noyau::ops::defs
