#include "noyau/graph.hpp"

#include <utility>

#include "noyau/error.hpp"

namespace noyau {
namespace {

// Keeps every later product of extents far from overflow.
constexpr std::int64_t kMaxElements = std::int64_t{1} << 48;

void check_size(const Value& value) {
  std::int64_t elements = 1;
  for (const std::int64_t extent : value.type.shape.extents()) {
    if (extent > kMaxElements || (extent > 0 && elements > kMaxElements / extent))
      throw Error(ErrorCode::invalid_argument, value.name, to_string(value.type.shape),
                  "at most 2^48 elements");
    elements *= extent;
  }
}

}  // namespace

ValueId Graph::add_value(Value value) {
  check_size(value);
  if (value.name.empty()) throw Error(ErrorCode::invalid_argument, "graph", "a value without name");
  if (by_name_.contains(value.name))
    throw Error(ErrorCode::invalid_argument, value.name, "a second value of this name",
                "names unique in the graph");
  const auto id = ValueId(values_.size());
  by_name_.emplace(value.name, id);
  values_.push_back(std::move(value));
  return id;
}

ValueId Graph::add_input(std::string name, ValueType type) {
  return add_value({std::move(name), type, ValueKind::input, -1, {}});
}

ValueId Graph::add_parameter(std::string name, Shape shape, Init init, DType dtype) {
  return add_value({std::move(name), {dtype, shape}, ValueKind::parameter, -1, init});
}

ValueId Graph::add_state(std::string name, Shape shape, Init init, DType dtype) {
  return add_value({std::move(name), {dtype, shape}, ValueKind::state, -1, init});
}

std::string Graph::unique_name(std::string name) {
  if (!by_name_.contains(name)) return name;
  for (int& i = next_suffix_.try_emplace(name, 2).first->second;; ++i) {
    std::string candidate = name + "~" + std::to_string(i);
    if (!by_name_.contains(candidate)) return candidate;
  }
}

std::int32_t Graph::add_node(Node node, const std::vector<ValueType>& output_types,
                             const std::vector<std::string>& output_names) {
  const auto index = std::int32_t(nodes_.size());
  node.outputs.clear();
  for (std::size_t i = 0; i < output_types.size(); ++i) {
    const std::string plain = i == 0 ? node.name : node.name + ":" + std::to_string(i);
    const std::string name = output_names.empty() ? unique_name(plain) : output_names.at(i);
    node.outputs.push_back(add_value({name, output_types[i], ValueKind::result, index, {}}));
  }
  nodes_.push_back(std::move(node));
  return index;
}

ValueId Graph::find(std::string_view name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? kNoValue : found->second;
}

void Graph::set_output(std::string name, ValueId value) {
  if (value < 0 || std::size_t(value) >= values_.size())
    throw Error(ErrorCode::invalid_argument, "output " + name, "value " + std::to_string(value),
                "a value of the graph");
  const auto [known, is_new] = output_by_name_.try_emplace(name, outputs_.size());
  if (is_new)
    outputs_.emplace_back(std::move(name), value);
  else
    outputs_[known->second].second = value;
}

ValueId Graph::output(std::string_view name) const {
  const auto found = output_by_name_.find(name);
  return found == output_by_name_.end() ? kNoValue : outputs_[found->second].second;
}

}  // namespace noyau
