#include "ops/detail.hpp"

#include <algorithm>
#include <sstream>
#include <utility>

namespace noyau::ops {

std::string where(const Node& node) { return node.op + " " + node.name; }

void mismatch(const Node& node, const std::string& got, const std::string& expected) {
  throw Error(ErrorCode::shape_mismatch, where(node), got, expected);
}

void invalid(const Node& node, const std::string& got, const std::string& expected) {
  throw Error(ErrorCode::invalid_argument, where(node), got, expected);
}

bool given(const Node& node, std::size_t i) {
  return i < node.inputs.size() && node.inputs[i] != kNoValue;
}

const Shape& input_shape(const Graph& graph, const Node& node, std::size_t i) {
  return input_type(graph, node, i).shape;
}

const ValueType& input_type(const Graph& graph, const Node& node, std::size_t i) {
  return graph.type(node.inputs[i]);
}

std::string input_name(const Node& node, std::size_t i) {
  std::istringstream names(find(node.op).inputs);
  std::string name;
  for (std::size_t k = 0; k <= i && names >> name; ++k) continue;
  if (name.ends_with('?')) name.pop_back();
  if (name.ends_with("...")) name.replace(name.size() - 3, 3, "[" + std::to_string(i) + "]");
  return name;
}

void expect_rank(const Graph& graph, const Node& node, std::size_t i, int rank,
                 std::string_view layout) {
  const Shape& shape = input_shape(graph, node, i);
  if (shape.rank() != rank)
    mismatch(node, to_string(shape), input_name(node, i) + " " + std::string(layout));
}

void expect_activations(const Graph& graph, const Node& node, std::size_t i) {
  const Shape& shape = input_shape(graph, node, i);
  if (shape.rank() < 3 || shape.rank() > 5)
    mismatch(node, to_string(shape),
             input_name(node, i) + " [N, spatial..., C] with 1 to 3 spatial axes");
}

void expect_type(const Graph& graph, const Node& node, std::size_t i, const ValueType& expected) {
  const ValueType& type = input_type(graph, node, i);
  if (type.shape != expected.shape)
    mismatch(node, to_string(type.shape), input_name(node, i) + " " + to_string(expected.shape));
  if (type.dtype != expected.dtype)
    invalid(node, std::string(to_string(type.dtype)),
            input_name(node, i) + " of type " + std::string(to_string(expected.dtype)));
}

void expect_channels(const Graph& graph, const Node& node, std::size_t i, std::int64_t channels,
                     std::size_t like) {
  if (!given(node, i)) return;
  expect_type(graph, node, i, {input_type(graph, node, like).dtype, Shape{channels}});
}

void expect_state(const Graph& graph, const Node& node, std::size_t i) {
  if (!given(node, i) || graph.value(node.inputs[i]).kind != ValueKind::state)
    invalid(node, input_name(node, i) + " is not a state",
            "a state, which training updates in place");
}

void expect_real(const Graph& graph, const Node& node, std::size_t i) {
  const DType dtype = input_type(graph, node, i).dtype;
  if (dtype != DType::f32 && dtype != DType::f64)
    invalid(node, std::string(to_string(dtype)), input_name(node, i) + " of type f32 or f64");
}

void expect_choice(const Node& node, std::string_view attribute,
                   const std::vector<std::string_view>& allowed) {
  const auto& value = node.get<std::string>(attribute);
  if (std::find(allowed.begin(), allowed.end(), value) != allowed.end()) return;
  std::string list;
  for (const std::string_view choice : allowed)
    list += (list.empty() ? "" : ", ") + std::string(choice);
  invalid(node, std::string(attribute) + " " + value, "one of " + list);
}

Shape shape_attribute(const Node& node, std::string_view attribute, int rank) {
  const auto& list = node.get<Ints>(attribute);
  const bool negative = std::any_of(list.begin(), list.end(), [](auto x) { return x < 0; });
  if (int(list.size()) != rank || negative)
    invalid(node, std::string(attribute) + " of " + std::to_string(list.size()) + " numbers",
            std::to_string(rank) + " extents of 0 or more");
  return Shape(list);
}

bool has_activation(const Node& node) {
  return node.has("activation") && node.get<std::string>("activation") != "none";
}

Cost bytes_cost(const Graph& graph, const Node& node) {
  Cost cost;
  const auto count = [&](ValueId id) {
    if (id == kNoValue) return;
    const ValueType& type = graph.type(id);
    cost.bytes += type.shape.elements() * std::int64_t(size_of(type.dtype));
  };
  for (const ValueId id : node.inputs) count(id);
  for (const ValueId id : node.outputs) count(id);
  return cost;
}

ValueId append_one(Graph& graph, std::string_view op, std::string name, std::vector<ValueId> inputs,
                   Attributes attributes) {
  return append(graph, op, std::move(name), std::move(inputs), std::move(attributes))[0];
}

ValueId before_activation(VjpArgs& args) {
  if (!has_activation(args.node)) return args.cotangents[0];
  return append_one(args.graph, "relu_grad", args.node.name + ".relu_grad",
                    {args.cotangents[0], args.node.outputs[0]});
}

std::vector<ValueId> statistics_norm_vjp(VjpArgs& args) {
  const Node& node = args.node;
  const auto outputs =
      append(args.graph, node.op + "_grad", node.name + ".grad",
             {args.cotangents[0], node.inputs[0], node.inputs[1], node.outputs[1], node.outputs[2]},
             node.attributes);
  std::vector<ValueId> result(node.inputs.size(), kNoValue);
  for (std::size_t i = 0; i < result.size(); ++i)
    if (args.wants[i]) result[i] = outputs[i];
  return result;
}

Attributes attributes_without(const Node& node, const std::vector<std::string_view>& dropped,
                              Attributes added) {
  for (const auto& [name, value] : node.attributes)
    if (std::find(dropped.begin(), dropped.end(), name) == dropped.end())
      added.emplace(name, value);
  return added;
}

Ints to_ints(const Shape& shape) { return {shape.extents().begin(), shape.extents().end()}; }

ValueType real(Shape shape) { return {DType::f32, shape}; }
ValueType integers(Shape shape) { return {DType::i32, shape}; }
ValueType absent() { return {DType::u8, Shape{}}; }

}  // namespace noyau::ops
