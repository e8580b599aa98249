#include <algorithm>

#include "ops/defs.hpp"
#include "ops/detail.hpp"

namespace noyau::ops::defs {
namespace {

constexpr std::size_t kMaxInputs = 32;

ValueType with_channels(const ValueType& type, std::int64_t channels) {
  Ints extents = to_ints(type.shape);
  extents.back() = channels;
  return {type.dtype, Shape(extents)};
}

// All inputs are like the first but for the channels.
std::vector<ValueType> infer(const Graph& graph, const Node& node) {
  expect_real(graph, node, 0);
  const ValueType& x = input_type(graph, node, 0);
  if (node.inputs.size() < 2 || node.inputs.size() > kMaxInputs)
    invalid(node, std::to_string(node.inputs.size()) + " inputs",
            "2 to " + std::to_string(kMaxInputs));
  std::int64_t channels = 0;
  for (std::size_t i = 0; i < node.inputs.size(); ++i) {
    const Shape& shape = input_shape(graph, node, i);
    if (shape.rank() < 2) mismatch(node, to_string(shape), input_name(node, i) + " [N, ..., C]");
    expect_type(graph, node, i, with_channels(x, shape[-1]));
    channels += shape[-1];
  }
  return {with_channels(x, channels)};
}

ValueId slice(VjpArgs& args, std::size_t input, std::int64_t begin, std::int64_t end) {
  return append_one(args.graph, "slice_channels", args.node.name + ".grad_" + std::to_string(input),
                    {args.cotangents[0]}, {{"begin", begin}, {"end", end}});
}

std::vector<ValueId> vjp(VjpArgs& args) {
  std::vector<ValueId> cotangents;
  std::int64_t begin = 0;
  for (std::size_t i = 0; i < args.node.inputs.size(); ++i) {
    const std::int64_t end = begin + input_shape(args.graph, args.node, i)[-1];
    cotangents.push_back(args.wants[i] ? slice(args, i, begin, end) : kNoValue);
    begin = end;
  }
  return cotangents;
}

void expect_range(const Node& node, std::int64_t channels) {
  const auto begin = node.get<std::int64_t>("begin"), end = node.get<std::int64_t>("end");
  if (begin < 0 || end <= begin || end > channels)
    invalid(node, "channels " + std::to_string(begin) + " to " + std::to_string(end),
            "0 <= begin < end <= " + std::to_string(channels));
}

std::vector<ValueType> infer_slice(const Graph& graph, const Node& node) {
  expect_real(graph, node, 0);
  const ValueType& x = input_type(graph, node, 0);
  if (x.shape.rank() < 2) mismatch(node, to_string(x.shape), "x [N, ..., C]");
  expect_range(node, x.shape[-1]);
  return {with_channels(x, node.get<std::int64_t>("end") - node.get<std::int64_t>("begin"))};
}

std::vector<ValueId> vjp_slice(VjpArgs& args) {
  const std::int64_t channels = input_shape(args.graph, args.node, 0)[-1];
  return {append_one(args.graph, "slice_channels_grad", args.node.name + ".grad",
                     {args.cotangents[0]},
                     {{"begin", args.node.get<std::int64_t>("begin")}, {"channels", channels}})};
}

std::vector<ValueType> infer_slice_grad(const Graph& graph, const Node& node) {
  expect_real(graph, node, 0);
  const ValueType& dy = input_type(graph, node, 0);
  if (dy.shape.rank() < 2) mismatch(node, to_string(dy.shape), "dy [N, ..., C]");
  const auto begin = node.get<std::int64_t>("begin"), channels = node.get<std::int64_t>("channels");
  if (begin < 0 || begin > channels - dy.shape[-1])
    invalid(node, std::to_string(dy.shape[-1]) + " channels from " + std::to_string(begin) + " on",
            "a range within " + std::to_string(channels));
  return {with_channels(dy, channels)};
}

std::vector<OpSample> samples() {
  return {{{real({2, 3, 2, 4}), real({2, 3, 2, 1}), real({2, 3, 2, 3})}, {}},
          {{real({3, 2}), real({3, 5})}, {}},
          {{real({1, 2, 2, 2, 3}), real({1, 2, 2, 2, 3})}, {}}};
}

std::vector<OpSample> slice_samples() {
  return {{{real({2, 3, 2, 7})}, {{"begin", 2}, {"end", 6}}},
          {{real({3, 5})}, {{"begin", 0}, {"end", 5}}}};
}

}  // namespace

OpDef concat() {
  return {.name = "concat",
          .summary = "The channels of 2 to 32 tensors side by side: the last axis grows.",
          .inputs = "xs...",
          .infer = infer,
          .vjp = vjp,
          .cost = bytes_cost,
          .samples = samples};
}

OpDef slice_channels() {
  return {.name = "slice_channels",
          .summary = "Channels begin up to, not including, end of the last axis.",
          .inputs = "x",
          .attributes = {{.name = "begin", .fallback = std::int64_t{0}},
                         {.name = "end", .fallback = std::int64_t{0}, .required = true}},
          .infer = infer_slice,
          .vjp = vjp_slice,
          .cost = bytes_cost,
          .samples = slice_samples};
}

OpDef slice_channels_grad() {
  return {.name = "slice_channels_grad",
          .summary = "The cotangent of slice_channels' x: dy from channel begin on, else 0.",
          .inputs = "dy",
          .attributes = {{.name = "begin", .fallback = std::int64_t{0}},
                         {.name = "channels", .fallback = std::int64_t{0}, .required = true}},
          .infer = infer_slice_grad,
          .cost = bytes_cost,
          .samples = [] {
            return std::vector<OpSample>{{{real({2, 3, 2, 4})}, {{"begin", 2}, {"channels", 7}}}};
          }};
}

}  // namespace noyau::ops::defs
