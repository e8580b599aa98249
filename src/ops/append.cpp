#include <algorithm>
#include <sstream>
#include <string>
#include <utility>

#include "ops/detail.hpp"

namespace noyau::ops {
namespace {

// The list spread over the spatial axes, see ir::AttributeDef.
Ints spread(const Node& node, const ir::AttributeDef& def, const Ints& list, std::size_t axes) {
  const std::size_t wanted = axes * std::size_t(def.per_axis);
  if (list.empty() || list.size() == wanted) return list;
  if (list.size() == 1) return Ints(wanted, list[0]);
  if (list.size() != axes)
    invalid(node, std::string(def.name) + " of " + std::to_string(list.size()) + " numbers",
            std::to_string(wanted) + " numbers");
  Ints both;
  for (const std::int64_t item : list) both.insert(both.end(), std::size_t(def.per_axis), item);
  return both;
}

// Lets callers write 1 for 1.0 and for {1}.
Attribute converted(const Node& node, const ir::AttributeDef& def, const Attribute& value) {
  if (value.index() == def.fallback.index()) return value;
  if (const auto* integer = std::get_if<std::int64_t>(&value)) {
    if (std::holds_alternative<double>(def.fallback)) return double(*integer);
    if (std::holds_alternative<Ints>(def.fallback)) return Ints{*integer};
  }
  static constexpr std::array<const char*, 5> kKinds = {"true or false", "an integer", "a number",
                                                        "a list of integers", "a text"};
  invalid(node, "attribute " + std::string(def.name) + " is " + kKinds[value.index()],
          kKinds[def.fallback.index()]);
}

void refuse_unknown_attributes(const Node& node, const OpDef& def) {
  for (const auto& entry : node.attributes) {
    const std::string& name = entry.first;
    const bool known = std::any_of(def.attributes.begin(), def.attributes.end(),
                                   [&](const auto& a) { return a.name == name; });
    if (known) continue;
    std::string list;
    for (const auto& a : def.attributes) list += (list.empty() ? "" : ", ") + std::string(a.name);
    invalid(node, "unknown attribute " + name, list.empty() ? "none" : list);
  }
}

void complete_attributes(const Graph& graph, Node& node, const OpDef& def) {
  refuse_unknown_attributes(node, def);
  const int rank = given(node, 0) ? input_shape(graph, node, 0).rank() : 0;
  const auto axes = std::size_t(std::max(rank - 2, 0));
  for (const ir::AttributeDef& a : def.attributes) {
    const auto found = node.attributes.find(a.name);
    if (found == node.attributes.end() && a.required)
      invalid(node, "no attribute " + std::string(a.name), "one");
    Attribute value =
        found == node.attributes.end() ? a.fallback : converted(node, a, found->second);
    if (a.per_axis > 0 && axes > 0) value = spread(node, a, std::get<Ints>(value), axes);
    node.attributes.insert_or_assign(a.name, std::move(value));
  }
  if (def.complete != nullptr) def.complete(graph, node);
}

// The names in the op's definition, one per input; the last name of an op that takes any number of
// inputs, "xs...", stands for all from there on.
std::vector<std::string> input_names(const Node& node, const OpDef& def) {
  std::vector<std::string> names;
  std::istringstream list(def.inputs);
  for (std::string name; list >> name;) names.push_back(name);
  if (!names.empty() && names.back().ends_with("..."))
    names.resize(std::max(names.size(), node.inputs.size()), names.back());
  return names;
}

void complete_inputs(const Graph& graph, Node& node, const OpDef& def) {
  const std::vector<std::string> names = input_names(node, def);
  if (node.inputs.size() > names.size())
    invalid(node, std::to_string(node.inputs.size()) + " inputs",
            "at most " + std::to_string(names.size()));
  node.inputs.resize(names.size(), kNoValue);
  for (std::size_t i = 0; i < names.size(); ++i) {
    const ValueId id = node.inputs[i];
    if (id == kNoValue && !names[i].ends_with('?'))
      invalid(node, "no input " + input_name(node, i), "one");
    if (id != kNoValue && (id < 0 || std::size_t(id) >= graph.values().size()))
      invalid(node, names[i] + " is value " + std::to_string(id), "a value of the graph");
  }
}

}  // namespace

std::vector<ValueId> append(Graph& graph, std::string_view op, std::string name,
                            std::vector<ValueId> inputs, Attributes attributes) {
  const OpDef& def = find(op);
  Node node{std::string(op), std::move(name), std::move(inputs), {}, std::move(attributes)};
  if (node.name.empty()) node.name = node.op;
  complete_inputs(graph, node, def);
  complete_attributes(graph, node, def);
  const auto types = def.infer(graph, node);
  const std::int32_t index = graph.add_node(std::move(node), types);
  return graph.nodes()[std::size_t(index)].outputs;
}

void check(const Graph& graph) {
  verify(graph);
  for (const Node& node : graph.nodes()) {
    const OpDef& def = find(node.op);
    Node complete = node;
    complete_inputs(graph, complete, def);
    complete_attributes(graph, complete, def);
    if (complete.inputs != node.inputs || complete.attributes != node.attributes)
      invalid(node, "inputs or attributes left out", "all of them written down");
    const auto types = def.infer(graph, node);
    if (types.size() != node.outputs.size())
      mismatch(node, std::to_string(node.outputs.size()) + " outputs",
               std::to_string(types.size()) + " outputs");
    for (std::size_t i = 0; i < types.size(); ++i)
      if (graph.type(node.outputs[i]) != types[i])
        mismatch(node, "output of shape " + to_string(graph.shape(node.outputs[i])),
                 to_string(types[i].shape) + " " + std::string(to_string(types[i].dtype)));
  }
}

}  // namespace noyau::ops
