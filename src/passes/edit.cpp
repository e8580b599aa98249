#include "passes/edit.hpp"

#include <algorithm>
#include <string>

namespace noyau::passes {
namespace {

class Builder {
 public:
  explicit Builder(const Edit& edit) : edit_(edit), ids_(edit.values.size(), kNoValue) {}

  Graph build() {
    for (const auto& slot : edit_.slots)
      if (slot) add(*slot);
    add_leaves_before(ValueId(edit_.values.size()));
    for (const auto& [name, v] : edit_.outputs) graph_.set_output(name, ids_[std::size_t(v)]);
    return std::move(graph_);
  }

 private:
  void add_leaf(ValueId v) {
    const Value& value = edit_.values[std::size_t(v)];
    ValueId& id = ids_[std::size_t(v)];
    if (id != kNoValue || !edit_.keep[std::size_t(v)]) return;
    switch (value.kind) {
      case ValueKind::input:
        id = graph_.add_input(value.name, value.type);
        break;
      case ValueKind::parameter:
        id = graph_.add_parameter(value.name, value.type.shape, value.init, value.type.dtype);
        break;
      case ValueKind::state:
        id = graph_.add_state(value.name, value.type.shape, value.init, value.type.dtype);
        break;
      case ValueKind::result:
        break;
    }
  }

  // Keeps inputs, parameters and states in the order in which they were added.
  void add_leaves_before(ValueId v) {
    for (; next_leaf_ < v; ++next_leaf_) add_leaf(next_leaf_);
  }

  void add(Node node) {
    add_leaves_before(*std::min_element(node.outputs.begin(), node.outputs.end()));
    for (ValueId& v : node.inputs)
      if (v != kNoValue) {
        add_leaves_before(v + 1);
        v = ids_[std::size_t(v)];
      }
    std::vector<ValueType> types;
    std::vector<std::string> names;
    for (const ValueId v : node.outputs) {
      types.push_back(edit_.values[std::size_t(v)].type);
      names.push_back(edit_.values[std::size_t(v)].name);
    }
    const std::vector<ValueId> old = node.outputs;
    const std::int32_t index = graph_.add_node(std::move(node), types, names);
    for (std::size_t i = 0; i < old.size(); ++i)
      ids_[std::size_t(old[i])] = graph_.nodes()[std::size_t(index)].outputs[i];
  }

  const Edit& edit_;
  Graph graph_;
  std::vector<ValueId> ids_;
  ValueId next_leaf_ = 0;
};

}  // namespace

Edit::Edit(const Graph& graph)
    : values(graph.values()),
      keep(graph.values().size(), true),
      slots(graph.nodes()),
      outputs(graph.outputs()),
      output_readers_(graph.values().size(), 0) {
  for (const auto& output : outputs) ++output_readers_[std::size_t(output.second)];
}

ValueId Edit::add_value(Value value) {
  values.push_back(std::move(value));
  keep.push_back(true);
  return ValueId(values.size()) - 1;
}

int Edit::producer(ValueId v) const { return slots.producer(v); }

int Edit::readers(ValueId v) const {
  const bool original = v >= 0 && std::size_t(v) < output_readers_.size();
  return slots.readers(v) + (original ? output_readers_[std::size_t(v)] : 0);
}

int Edit::next_reader(ValueId v, int from) const { return slots.next_reader(v, from); }

Graph Edit::build() const { return Builder(*this).build(); }

}  // namespace noyau::passes
