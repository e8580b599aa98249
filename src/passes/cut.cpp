#include <fmt/format.h>

#include "noyau/error.hpp"
#include "passes/passes.hpp"

namespace noyau::passes {
namespace {

/// Copies what some outputs need, with all names. Reading stops at `border`, which becomes an
/// input.
class Part {
 public:
  explicit Part(const Graph& from, ValueId border = kNoValue)
      : from_(from), border_(border), ids_(from.values().size(), kNoValue) {}

  Graph of(const std::vector<std::pair<std::string, ValueId>>& outputs) {
    mark(outputs);
    if (border_ != kNoValue) ids_[std::size_t(border_)] = part_.add_input("x", from_.type(border_));
    std::size_t leaf = 0;
    for (const Node& node : from_.nodes()) {
      if (!needed_[std::size_t(node.outputs.front())] || node.outputs.front() == border_) continue;
      for (const auto end = std::size_t(node.outputs.front()); leaf < end; ++leaf) add_leaf(leaf);
      add(node);
    }
    for (; leaf < ids_.size(); ++leaf) add_leaf(leaf);
    for (const auto& [name, v] : outputs) part_.set_output(name, ids_[std::size_t(v)]);
    return std::move(part_);
  }

 private:
  void mark(const std::vector<std::pair<std::string, ValueId>>& outputs) {
    needed_.assign(from_.values().size(), false);
    for (const auto& output : outputs) needed_[std::size_t(output.second)] = true;
    for (auto node = from_.nodes().rbegin(); node != from_.nodes().rend(); ++node) {
      bool used = false;
      for (const ValueId v : node->outputs)
        used = used || (needed_[std::size_t(v)] && v != border_);
      if (!used) continue;
      // All outputs of a node are there, or none of them.
      for (const ValueId v : node->outputs) needed_[std::size_t(v)] = true;
      for (const ValueId v : node->inputs)
        if (v != kNoValue) needed_[std::size_t(v)] = true;
    }
  }

  void add_leaf(std::size_t i) {
    const Value& value = from_.values()[i];
    if (!needed_[i] || ids_[i] != kNoValue) return;
    if (value.kind == ValueKind::input) {
      ids_[i] = part_.add_input(value.name, value.type);
    } else if (value.kind == ValueKind::parameter) {
      ids_[i] = part_.add_parameter(value.name, value.type.shape, value.init, value.type.dtype);
    } else if (value.kind == ValueKind::state) {
      ids_[i] = part_.add_state(value.name, value.type.shape, value.init, value.type.dtype);
    }
  }

  void add(Node node) {
    for (ValueId& v : node.inputs) {
      if (v == kNoValue) continue;
      add_leaf(std::size_t(v));
      v = ids_[std::size_t(v)];
    }
    std::vector<ValueType> types;
    std::vector<std::string> names;
    for (const ValueId v : node.outputs) {
      types.push_back(from_.type(v));
      names.push_back(from_.value(v).name);
    }
    const std::vector<ValueId> old = node.outputs;
    const std::int32_t index = part_.add_node(std::move(node), types, names);
    for (std::size_t i = 0; i < old.size(); ++i)
      ids_[std::size_t(old[i])] = part_.nodes()[std::size_t(index)].outputs[i];
  }

  const Graph& from_;
  ValueId border_;
  std::vector<ValueId> ids_;  ///< in the part, of values of the whole
  std::vector<bool> needed_;
  Graph part_;
};

}  // namespace

Graph live_part(const Graph& graph) { return Part(graph).of(graph.outputs()); }

Halves cut(const Graph& graph, std::string_view value) {
  const ValueId border = graph.find(value);
  if (border == kNoValue || graph.value(border).kind != ValueKind::result)
    throw Error(ErrorCode::invalid_argument, "cut", fmt::format("no result '{}'", value),
                "the name of what a node computes");
  Halves halves;
  try {
    halves.back = Part(graph, border).of(graph.outputs());
  } catch (const Error& error) {
    if (error.code() != ErrorCode::invalid_argument) throw;
    throw Error(ErrorCode::invalid_argument, "cut", fmt::format("'{}' is by-passed", value),
                "a value through which everything behind it reads the input x");
  }
  halves.front = Part(graph).of({{"features", border}});
  return halves;
}

}  // namespace noyau::passes
